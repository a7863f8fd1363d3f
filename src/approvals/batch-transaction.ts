/** Locks, decides and writes in one transaction: two round trips and one writing statement. */

import type { Pool, PoolClient } from "pg";
import { isConnectionLost } from "../db/outages.ts";
import { beginAt } from "../db/pool.ts";
import type { LockedRequest, Moment } from "../db/queries/requests.ts";
import { type BatchWritten, writeBatch } from "../db/queries/write.ts";
import { TransactionAborted } from "../db/transaction.ts";
import { batchOf, type Decided, type Writing } from "./command-batch.ts";
import { outcomeOf } from "./commit-outcome.ts";
import { changesAnything } from "./effects.ts";
import type { KnownPeople } from "./known-people.ts";
import type { AudienceRows } from "./notices.ts";

export interface TransactionOptions extends Writing {
  pool: Pool;
}

/**
 * What a transaction reads first: the locked rows, the people about them, and the database's clock, which is read after
 * the lock.
 */
export interface Begun {
  rows: Promise<LockedRequest[]>;
  people: Promise<{ people: KnownPeople; moment: Moment }>;
  audience: Promise<AudienceRows>;
}
type Lock = (client: PoolClient) => Begun;

const NOTHING_WRITTEN: BatchWritten = { created: new Set(), updatedAt: new Map() };
const ignore = () => {};

/** The first round trip waits at most as long as the session's lock timeout; a later answer means a lost connection. */
const BEGIN_WITHIN_MS = 4_000;
/** Connections that are tried before the database counts as away. */
const MOST_CONNECTIONS = 3;

/**
 * Runs one transaction and answers its commands once it is committed.
 * @param lock sends the queries that lock the rows and look up the people
 * @param decideRows decides the commands on them; `now` is the database's clock, read after the lock
 * @throws NotCommitted where the connection was lost and nothing was done
 */
export async function transact(
  { pool, ...writing }: TransactionOptions,
  lock: Lock,
  decideRows: (rows: LockedRequest[], now: Date, people: KnownPeople, audience: AudienceRows) => Decided[],
): Promise<Decided[]> {
  const { client, rows, now, transactionId, people, audience } = await begin(pool, lock);
  let failure: Error | undefined;
  let decided: Decided[] = [];
  let entries: string[] = [];
  try {
    decided = decideRows(rows, now, people, audience);
    let written = Promise.resolve(NOTHING_WRITTEN);
    if (decided.some(({ effects }) => changesAnything(effects))) {
      const batch = batchOf(decided, { audience, people, now }, writing);
      entries = batch.audit.map(({ id }) => id);
      written = writeBatch(client, batch);
    }
    // If this fails, `inOrder` reports it after COMMIT has answered; until then it must not count as unhandled.
    written.catch(ignore);
    const committed = client.query("commit");
    await inOrder([written, committed]);
    if ((await committed).command !== "COMMIT") throw new TransactionAborted();
    answer(decided, await written);
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
  answer(decided, await outcomeOf(pool, { transactionId, entries }, decided, failure));
  return decided;
}

function answer(decided: readonly Decided[], { created, updatedAt }: BatchWritten): void {
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
      const { rows, people: known, audience } = lock(client);
      await inOrder([begun, rows, known, audience]);
      const { people, moment } = await known;
      return { client, rows: await rows, ...moment, people, audience: await audience };
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
