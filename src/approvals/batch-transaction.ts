/** Locks, decides and writes in one transaction: two round trips, one statement that writes. */

import type { Pool, PoolClient } from "pg";
import { databaseNow, type LockedRequest } from "../db/queries/requests.ts";
import { type BatchWritten, writeBatch } from "../db/queries/write.ts";
import { isConnectionError, TransactionAborted } from "../db/transaction.ts";
import { batchOf, type Decided, type Sink } from "./command-batch.ts";

export interface TransactionOptions {
  pool: Pool;
  sinks: readonly Sink[];
  /** `false` drops the audit detail. */
  auditDetail: boolean;
}

type Lock = (client: PoolClient) => Promise<LockedRequest[]>;

const ignore = () => {};
const NOTHING_WRITTEN: BatchWritten = { created: new Set(), updatedAt: new Map() };

/**
 * Runs one transaction and answers its commands once it is committed.
 * @param lock sends the query that locks the rows
 * @param decideRows decides the commands on them; `now` is the database's clock, read after the lock
 */
export async function transact(
  { pool, sinks, auditDetail }: TransactionOptions,
  lock: Lock,
  decideRows: (rows: LockedRequest[], now: Date) => Decided[],
): Promise<Decided[]> {
  const { client, rows, now } = await begin(pool, lock);
  let failure: Error | undefined;
  try {
    const decided = decideRows(rows, now);
    const writing = decided.filter(({ effects }) => effects.events.length > 0);
    const written =
      writing.length > 0 ? writeBatch(client, batchOf(writing, now, auditDetail)) : Promise.resolve(NOTHING_WRITTEN);
    // A sink that throws leaves nobody to look at this one.
    written.catch(ignore);
    const effects = writing.map((one) => one.effects);
    const sunk = writing.length > 0 ? sinks.map((sink) => sink(client, effects)) : [];
    const committed = client.query("commit");
    const results = await Promise.allSettled([written, committed, ...sunk]);
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
      const [, rows, now] = await Promise.all([client.query("begin"), lock(client), databaseNow(client)]);
      return { client, rows, now };
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
