/**
 * Finds out whether a transaction was committed when its connection was lost during COMMIT. PostgreSQL is asked by
 * transaction id, so a committed command is never reported as failed, and one that was rolled back is retried.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import { isOutage } from "../db/outages.ts";
import { requestsById, transactionStatus } from "../db/queries/requests.ts";
import type { BatchWritten } from "../db/queries/write.ts";
import { UnavailableError } from "../errors.ts";
import type { Decided } from "./command-batch.ts";

/** The transaction was rolled back with its connection: nothing was written, and it may be run again. */
export class NotCommitted extends Error {
  override readonly name = "NotCommitted";
  constructor(cause: unknown) {
    super("the connection was lost before COMMIT", { cause });
  }
}

/** A backend that is cut off ends its transaction within this time, see `idle_in_transaction_session_timeout`. */
const ASK_FOR_MS = 9_000;
const PAUSE_MS = 250;

/**
 * Asks until the transaction has ended.
 * @returns what it wrote, where it was committed
 * @throws NotCommitted if it was rolled back; UnavailableError if the database does not answer in time
 */
export async function outcomeOf(
  pool: Pool,
  transactionId: string,
  decided: readonly Decided[],
  lost: unknown,
): Promise<BatchWritten> {
  const until = performance.now() + ASK_FOR_MS;
  do {
    const status = await transactionStatus(pool, transactionId).catch(whileAway);
    if (status === "aborted") throw new NotCommitted(lost);
    const written = status === "committed" ? await writtenOf(pool, decided).catch(whileAway) : null;
    if (typeof written === "object" && written !== null) return written;
    if (status === null) break;
    await sleep(PAUSE_MS);
  } while (performance.now() < until);
  throw new UnavailableError(UNKNOWN, { cause: lost });
}

const UNKNOWN =
  "The connection to the database was lost. The command may have been carried out; a decision, a cancellation or a new request may be sent again as it is.";

function whileAway(error: unknown): "away" {
  if (!isOutage(error)) throw error;
  return "away";
}

/** The answer that was lost. A request that was changed again since then shows the later time. */
async function writtenOf(pool: Pool, decided: readonly Decided[]): Promise<BatchWritten> {
  const rows = await requestsById(
    pool,
    decided.map(({ effects }) => effects.request.id),
  );
  return {
    created: new Set(rows.map(({ id }) => id)),
    updatedAt: new Map(rows.map(({ id, updatedAt }) => [id, updatedAt])),
  };
}
