/** Locks, decides and writes in one transaction: two round trips and one writing statement. */

import { isConnectionLost } from "../../db/outages.ts";
import type { Pool, PoolClient } from "../../db/pool.ts";
import { beginAt } from "../../db/pool.ts";
import type { LockedRequest } from "../../db/queries/requests.ts";
import { type BatchWritten, writeBatch } from "../../db/queries/write.ts";
import { TransactionAborted } from "../../db/transaction.ts";
import type { ApprovalRequest } from "../../model/approvals.ts";
import { changesAnything } from "../effects.ts";
import { batchOf, type Decided, type Writing } from "./batch.ts";
import { outcomeOf } from "./commit-outcome.ts";
import type { Concerned } from "./reads.ts";

export interface TransactionOptions extends Writing {
  pool: Pool;
  /** Called with the requests that a transaction has changed, once it is committed and before its commands are answered. */
  onChanged: (changed: readonly ApprovalRequest[]) => void;
}

/** What a transaction reads first: the rows, under their locks, and then the people concerned. */
type Lock = (client: PoolClient) => { rows: Promise<LockedRequest[]>; concerned: Promise<Concerned> };

const NOTHING_WRITTEN: BatchWritten = { created: new Set(), updatedAt: new Map() };
const ignore = () => {};

/** The first round trip waits at most as long as the session's lock timeout; a later answer means a lost connection. */
const BEGIN_WITHIN_MS = 4_000;
/** Connections that are tried before the database counts as away. */
const MOST_CONNECTIONS = 3;

/**
 * Runs one transaction and answers its commands once it is committed.
 * @param lock sends the queries that lock the rows and look up the people
 * @param decideRows decides the commands on them
 * @throws NotCommitted where the connection was lost and nothing was done
 */
export async function transact(
  { pool, onChanged, ...writing }: TransactionOptions,
  lock: Lock,
  decideRows: (rows: LockedRequest[], concerned: Concerned) => Decided[],
): Promise<Decided[]> {
  const { client, rows, concerned } = await begin(pool, lock);
  const { people, audience, moment } = concerned;
  let failure: Error | undefined;
  let decided: Decided[] = [];
  let entries: string[] = [];
  try {
    decided = decideRows(rows, concerned);
    const batch = decided.some(({ effects }) => changesAnything(effects))
      ? batchOf(decided, { audience, people, now: moment.now }, writing)
      : undefined;
    entries = batch?.audit.map(({ id }) => id) ?? [];
    const written = batch ? writeBatch(client, batch) : Promise.resolve(NOTHING_WRITTEN);
    // If this fails, `inOrder` reports it after COMMIT has answered; until then it must not count as unhandled.
    written.catch(ignore);
    const committed = client.query("commit");
    await inOrder([written, committed]);
    if ((await committed).command !== "COMMIT") throw new TransactionAborted();
    answer(decided, await written, onChanged);
    return decided;
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
  answer(decided, await outcomeOf(pool, { transactionId: moment.transactionId, entries }, decided, failure), onChanged);
  return decided;
}

function answer(
  decided: readonly Decided[],
  { created, updatedAt }: BatchWritten,
  onChanged: TransactionOptions["onChanged"],
): void {
  const requests = decided.map(({ effects }) => effects.request);
  onChanged(requests.filter(({ id }) => updatedAt.has(id)));
  for (const one of decided) {
    const { job, comment } = one;
    const changedAt = updatedAt.get(one.effects.request.id);
    if (changedAt !== undefined) {
      one.effects = { ...one.effects, request: { ...one.effects.request, updatedAt: changedAt } };
    }
    const { request, events } = one.effects;
    job.resolve({
      request,
      changed: events.length > 0,
      created: job.command.requestId === undefined && created.has(request.id),
      ...(comment && { comment }),
    });
  }
}

/** A connection that the server closed while idle fails at BEGIN, before any work is done, so another one is tried. */
async function begin(pool: Pool, lock: Lock) {
  for (let attempt = 1; ; attempt += 1) {
    let client: PoolClient | undefined;
    try {
      client = await pool.connect();
      const begun = client.query({ text: beginAt(pool), query_timeout: BEGIN_WITHIN_MS } as { text: string });
      const { rows, concerned } = lock(client);
      await inOrder([begun, rows, concerned]);
      return { client, rows: await rows, concerned: await concerned };
    } catch (error) {
      client?.release(error as Error);
      if (attempt >= MOST_CONNECTIONS || !isConnectionLost(error)) throw error;
    }
  }
}

/**
 * Waits for all of them.
 * @throws the error of the first that failed; later ones only report that the transaction is aborted
 */
async function inOrder(sent: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(sent);
  const refused = results.find((result) => result.status === "rejected");
  if (refused !== undefined) throw refused.reason;
}
