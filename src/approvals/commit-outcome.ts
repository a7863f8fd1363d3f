/**
 * What became of a transaction whose connection was lost during COMMIT. The database knows it by the transaction's
 * number, so a command that was carried out is never reported as failed, and one that was not is done again.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import { isOutage } from "../db/outages.ts";
import { requestsById, transactionStatus } from "../db/queries/requests.ts";
import type { BatchWritten } from "../db/queries/write.ts";
import { UnavailableError } from "../errors.ts";
import type { Decided } from "./command-batch.ts";

/** The transaction was rolled back with its connection: nothing of it was done, and it may be run again. */
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
 * @throws NotCommitted where it was not; UnavailableError where nobody can say
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

/** What the database would have answered. A request that was changed again since shows the later time. */
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
