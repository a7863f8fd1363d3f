/**
 * Finds out whether a transaction was committed if its connection was lost during COMMIT. It asks PostgreSQL for the
 * status of the transaction id, so a committed command is never reported as failed, and one that was rolled back is
 * retried.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { isOutage } from "../../db/outages.ts";
import type { Pool } from "../../db/pool.ts";
import { isLogged } from "../../db/queries/audit.ts";
import { requestsById, transactionStatus } from "../../db/queries/requests.ts";
import type { BatchWritten } from "../../db/queries/write.ts";
import { UnavailableError } from "../../model/errors.ts";
import type { Applied } from "./command.ts";

/** The transaction was rolled back when its connection was lost. Nothing was written, so it can be run again. */
export class NotCommitted extends Error {
  override readonly name = "NotCommitted";
  constructor(cause: unknown) {
    super("the connection was lost before COMMIT", { cause });
  }
}

/** A backend without a client ends its transaction within this time, see `idle_in_transaction_session_timeout`. */
const ASK_FOR_MS = 9_000;
const PAUSE_MS = 250;

/** A transaction whose COMMIT was not answered. */
export interface UnansweredCommit {
  transactionId: string;
  /** Ids of the rows of the audit log that it writes. */
  entries: readonly string[];
}

/**
 * Asks until the transaction has ended. A database that crashed may give the id of a lost transaction to another one,
 * so its rows of the audit log must exist as well.
 * @returns what it wrote, if it was committed
 * @throws NotCommitted if it was rolled back; UnavailableError if the database does not answer in time
 */
export async function outcomeOf(
  pool: Pool,
  { transactionId, entries }: UnansweredCommit,
  applied: readonly Applied[],
  lost: unknown,
): Promise<BatchWritten> {
  const until = performance.now() + ASK_FOR_MS;
  do {
    const status = await transactionStatus(pool, transactionId).catch(ignoreOutage);
    if (status === "aborted") throw new NotCommitted(lost);
    const written = status === "committed" ? await writtenOf(pool, entries, applied).catch(ignoreOutage) : "away";
    if (written === null) throw new NotCommitted(lost);
    if (written !== "away") return written;
    if (status === null) break;
    await sleep(PAUSE_MS);
  } while (performance.now() < until);
  throw new UnavailableError(UNKNOWN, { cause: lost });
}

const UNKNOWN =
  "The connection to the database was lost. The command may have been executed. You can safely repeat a " +
  "decision, a cancellation or a new request.";

function ignoreOutage(error: unknown): "away" {
  if (!isOutage(error)) throw error;
  return "away";
}

/**
 * The result that was lost; null if the id belongs to another transaction. A request that has changed again since then
 * has no time: the row has only that of its later version.
 */
async function writtenOf(
  pool: Pool,
  entries: readonly string[],
  applied: readonly Applied[],
): Promise<BatchWritten | null> {
  if (entries.length > 0 && !(await isLogged(pool, entries))) return null;
  const versions = new Map(applied.map(({ effects: { request } }) => [request.id, request.version]));
  const rows = await requestsById(pool, [...versions.keys()]);
  const same = rows.filter(({ id, version }) => versions.get(id) === version);
  return {
    created: new Set(rows.map(({ id }) => id)),
    updatedAt: new Map(same.map(({ id, updatedAt }) => [id, updatedAt])),
  };
}
