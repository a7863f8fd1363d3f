/**
 * Sends a single statement on a pool: in its own transaction if sessions are shared, and again if the database failed it
 * and a retry is safe.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, QueryConfig, QueryResult } from "pg";
import { isConnectionLost, isCutOff, isRolledBack } from "./outages.ts";
import { TransactionAborted } from "./transaction.ts";

export type Query = (query: string | QueryConfig, values?: unknown[]) => Promise<QueryResult>;

/** How often a statement is sent that PostgreSQL rolls back because of other transactions. */
const MOST_TRIES = 4;
const PAUSE_MS = 25;

/**
 * Sends a statement again if that is safe. After a deadlock or a serialization failure it always is, because the statement
 * was rolled back. After a lost connection its outcome is unknown, so the retry is a read-only transaction: PostgreSQL
 * rejects a statement that writes, and the caller gets the first error.
 * @param readAgain sends it as a read-only transaction
 */
export const repeating =
  (send: Query, readAgain: Query): Query =>
  async (query, values) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await send(query, values);
      } catch (error) {
        if (isCutOff(error)) {
          return await readAgain(query, values).catch(() => {
            throw error;
          });
        }
        if (tries >= MOST_TRIES || !isRolledBack(error)) throw error;
        await sleep(PAUSE_MS * tries * (0.5 + Math.random() / 2));
      }
    }
  };

/**
 * Runs each statement between BEGIN and COMMIT, in one round trip. @param begin gives the BEGIN statement once
 * connected
 */
export const inTransaction =
  (pool: Pool, begin: () => string): Query =>
  async (query, values) => {
    const client = await pool.connect();
    let failure: Error | undefined;
    try {
      const sent = [client.query(begin()), client.query(query as string, values), client.query("commit")] as const;
      const results = await Promise.allSettled(sent);
      const refused = results.find((result) => result.status === "rejected");
      if (refused !== undefined) throw refused.reason;
      const [, answer, ended] = await Promise.all(sent);
      if (ended.command !== "COMMIT") throw new TransactionAborted();
      return answer;
    } catch (error) {
      if (isConnectionLost(error)) failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  };
