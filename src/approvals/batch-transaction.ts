/** Locks, decides and writes in one transaction: two round trips, one statement that writes. */

import type { Pool, PoolClient } from "pg";
import { databaseNow, type LockedRequest } from "../db/queries/requests.ts";
import { type BatchWritten, writeBatch } from "../db/queries/write.ts";
import { isConnectionError, TransactionAborted } from "../db/transaction.ts";
import { batchOf, type Decided, type Writing } from "./command-batch.ts";
import { changesAnything } from "./effects.ts";
import type { Audience } from "./notices.ts";

export interface TransactionOptions extends Writing {
  pool: Pool;
}

/** What a transaction begins with: the rows under their locks, and who is known of the people they name. */
export interface Begun {
  rows: Promise<LockedRequest[]>;
  audience: Promise<Audience>;
}
type Lock = (client: PoolClient) => Begun;

const ignore = () => {};
const NOTHING_WRITTEN: BatchWritten = { created: new Set(), updatedAt: new Map() };

/**
 * Runs one transaction and answers its commands once it is committed.
 * @param lock sends the queries that lock the rows and look up the people
 * @param decideRows decides the commands on them; `now` is the database's clock, read after the lock
 */
export async function transact(
  { pool, ...writing }: TransactionOptions,
  lock: Lock,
  decideRows: (rows: LockedRequest[], now: Date) => Decided[],
): Promise<Decided[]> {
  const { client, rows, now, audience } = await begin(pool, lock);
  let failure: Error | undefined;
  try {
    const decided = decideRows(rows, now);
    const written = decided.some(({ effects }) => changesAnything(effects))
      ? writeBatch(client, batchOf(decided, audience, now, writing))
      : Promise.resolve(NOTHING_WRITTEN);
    // Whoever awaits the COMMIT first leaves nobody to look at this one.
    written.catch(ignore);
    const committed = client.query("commit");
    const results = await Promise.allSettled([written, committed]);
    const refused = results.find((result) => result.status === "rejected");
    if (refused !== undefined) throw refused.reason;
    if ((await committed).command !== "COMMIT") throw new TransactionAborted();
    answer(decided, await written);
    return decided;
  } catch (error) {
    failure = await client.query("rollback").then(
      () => undefined,
      (cause) => cause,
    );
    throw error;
  } finally {
    release(client, failure);
  }
}

function answer(decided: readonly Decided[], { created, updatedAt }: BatchWritten): void {
  for (const one of decided) {
    const { job, comment } = one;
    const changedAt = updatedAt.get(one.effects.request.id);
    if (changedAt !== undefined) {
      one.effects = { ...one.effects, request: { ...one.effects.request, updatedAt: changedAt } };
    }
    const { request, events } = one.effects;
    job.answered = true;
    job.resolve({
      request,
      changed: events.length > 0,
      created: job.command.requestId === undefined && created.has(request.id),
      ...(comment && { comment }),
    });
  }
}

/** A connection that the server closed while it was idle is met at BEGIN, before anything was done: take another. */
async function begin(pool: Pool, lock: Lock) {
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect();
    client.on("error", ignore);
    try {
      const begun = client.query("begin");
      const { rows, audience } = lock(client);
      const [, locked, now, known] = await Promise.all([begun, rows, databaseNow(client), audience]);
      return { client, rows: locked, now, audience: known };
    } catch (error) {
      release(client, error as Error);
      if (attempt >= 3 || !isConnectionError(error)) throw error;
    }
  }
}

function release(client: PoolClient, failure?: Error): void {
  client.off("error", ignore);
  client.release(failure);
}
