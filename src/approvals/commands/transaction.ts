/** Locks rows, applies commands and writes the result in one transaction: two round trips and one writing statement. */

import { isConnectionLost } from "../../db/outages.ts";
import type { Pool, PoolClient } from "../../db/pool.ts";
import { beginAt, inOnePacket } from "../../db/pool.ts";
import { type BatchWritten, writeBatch } from "../../db/queries/write.ts";
import { TransactionAborted } from "../../db/transaction.ts";
import type { ApprovalRequest } from "../../model/approvals.ts";
import { mark } from "../../model/marks.ts";
import { changesAnything } from "../effects.ts";
import type { Destinations } from "../notifications.ts";
import type { RecipientLimits } from "../outside-recipients.ts";
import { batchOf } from "./batch.ts";
import type { Applied } from "./command.ts";
import { outcomeOf } from "./commit-outcome.ts";
import type { ReadOptions } from "./reads.ts";
import { applyToRows, lockRows, type Source } from "./source.ts";

export interface TransactionOptions {
  pool: Pool;
  /** `false` drops IP address, user agent and metadata other than facts. Default: true. */
  auditDetail?: boolean;
  /** Where notifications go besides the people. Default: nobody is notified. */
  destinations?: Destinations | null;
  /** How many people a command with `countsFor` may notify outside the app. Default: any number. */
  recipientLimits?: RecipientLimits | undefined;
  /** Called with the requests that a transaction has changed, after COMMIT and before the commands are answered. */
  onChanged?: (changed: readonly ApprovalRequest[]) => void;
}

const NOTHING_WRITTEN: BatchWritten = { created: new Set(), updatedAt: new Map() };
const ignore = () => {};

/** The first round trip waits at most as long as the session's lock timeout; a later answer means a lost connection. */
const BEGIN_WITHIN_MS = 4_000;
/**
 * Each connection plans a statement once. Where a generic plan looks more expensive than earlier ones, PostgreSQL would plan
 * again for each decision, which takes several times as long as the query.
 */
const PLAN_ONCE = "set local plan_cache_mode = force_generic_plan";
/** Most connections that are tried before the database counts as unavailable. */
const MAX_CONNECTIONS = 3;

/**
 * Runs one transaction and answers its commands once it is committed.
 * @throws NotCommitted if the connection was lost and nothing was written
 */
export async function transact(options: TransactionOptions, source: Source): Promise<Applied[]> {
  const { pool, auditDetail = true, destinations = null, recipientLimits, onChanged = ignore } = options;
  const readOptions = { isNotifying: destinations !== null, isCounting: recipientLimits !== undefined };
  const { client, rows, reads } = await begin(pool, source, readOptions);
  const { people, audience, moment } = reads;
  let failure: Error | undefined;
  let applied: Applied[] = [];
  let entries: string[] = [];
  try {
    applied = applyToRows(source, rows, reads, recipientLimits);
    const batch = applied.some(({ effects }) => changesAnything(effects))
      ? batchOf(applied, { audience, people, now: moment.now }, { auditDetail, destinations })
      : undefined;
    entries = batch?.audit.map(({ id }) => id) ?? [];
    const { written, committed } = inOnePacket(client, () => ({
      written: batch ? writeBatch(client, batch) : Promise.resolve(NOTHING_WRITTEN),
      committed: client.query("commit"),
    }));
    // If this fails, `inOrder` reports it after COMMIT has answered; until then it must not count as unhandled.
    written.catch(ignore);
    mark("sent");
    await inOrder([written, committed]);
    if ((await committed).command !== "COMMIT") throw new TransactionAborted();
    mark("committed");
    answer(applied, await written, onChanged);
    return applied;
  } catch (error) {
    if (isConnectionLost(error)) failure = error as Error;
    else {
      failure = await client.query("rollback").then(
        () => undefined,
        (cause) => cause,
      );
      throw error;
    }
  } finally {
    client.release(failure);
  }
  answer(applied, await outcomeOf(pool, { transactionId: moment.transactionId, entries }, applied, failure), onChanged);
  return applied;
}

function answer(
  applied: readonly Applied[],
  { created, updatedAt }: BatchWritten,
  onChanged: (changed: readonly ApprovalRequest[]) => void,
): void {
  const changed: ApprovalRequest[] = [];
  for (const one of applied) {
    const changedAt = updatedAt.get(one.effects.request.id);
    if (changedAt === undefined) continue;
    const request = { ...one.effects.request, updatedAt: changedAt };
    one.effects = { ...one.effects, request };
    changed.push(request);
  }
  onChanged(changed);
  for (const { pending, comment, effects } of applied) {
    const { request, events } = effects;
    pending.resolve({
      request,
      changed: events.length > 0,
      created: pending.command.requestId === undefined && created.has(request.id),
      ...(comment && { comment }),
    });
  }
}

/** Begins a transaction. A connection that the server closed while idle fails at BEGIN, so another one is tried. */
async function begin(pool: Pool, source: Source, options: ReadOptions) {
  for (let attempt = 1; ; attempt += 1) {
    let client: PoolClient | undefined;
    try {
      const connected = await pool.connect();
      client = connected;
      mark("connected");
      // The limit of due rows is a parameter, for which a generic plan expects too many.
      const text = "due" in source ? beginAt(pool) : `${beginAt(pool)}; ${PLAN_ONCE}`;
      const { begun, rows, reads } = inOnePacket(connected, () => ({
        begun: connected.query({ text, query_timeout: BEGIN_WITHIN_MS } as { text: string }),
        ...lockRows(connected, source, options),
      }));
      await inOrder([begun, rows, reads]);
      mark("locked");
      return { client: connected, rows: await rows, reads: await reads };
    } catch (error) {
      client?.release(error as Error);
      if (attempt >= MAX_CONNECTIONS || !isConnectionLost(error)) throw error;
    }
  }
}

/**
 * Waits for all results.
 * @throws the error of the first that failed; later errors only report that the transaction is aborted
 */
async function inOrder(sent: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(sent);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
