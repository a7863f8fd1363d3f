/**
 * Advisory locks that belong to a session. A transaction pooler would pass the session on with its lock, so the session
 * is verified first. A process that waits logs the holder, and the lock is always released.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "../log.ts";
import { openSession } from "./session.ts";

const VERIFY_WITHIN_MS = 3_000;
const POLL_EVERY_MS = 100;
/** Interval between two log lines about the same wait. */
const LOG_EVERY_MS = 5_000;

/** The connection goes through a pooler that shares its sessions. */
export class NotASessionError extends Error {
  override readonly name = "NotASessionError";
  constructor() {
    super(
      "this connection has no session of its own: a NOTIFY did not reach its LISTEN. DATABASE_LISTEN_URL " +
        "must connect to the database directly, not through a pooler in transaction mode.",
    );
  }
}

/**
 * Verifies that all statements of the client reach one session. Behind a transaction pooler the session that ran LISTEN
 * serves another client, or none, when the NOTIFY arrives.
 * @param url the client's own address, for the connection that notifies
 * @throws NotASessionError
 */
export async function verifySession(client: pg.Client, url: string): Promise<void> {
  const channel = `proof_${randomUUID().replaceAll("-", "")}`;
  const received = new Promise<true>((resolve) => {
    client.on("notification", (message) => message.channel === channel && resolve(true));
  });
  await client.query(`listen ${channel}`);
  const other = await openSession({ url, name: "countersign migrate" });
  const ending = new AbortController();
  try {
    await other.query(`notify ${channel}`);
    const late = sleep(VERIFY_WITHIN_MS, false, { signal: ending.signal }).catch(() => false);
    if (!(await Promise.race([received, late]))) throw new NotASessionError();
  } finally {
    ending.abort();
    await other.end();
    await client.query(`unlisten ${channel}`).catch(() => {});
  }
}

/**
 * Runs `work` while this session has the lock. It polls for the lock outside any transaction, so that it does not block
 * statements that wait for open transactions.
 * @param what the subject of the log line about waiting
 */
export async function withSessionLock<T>(
  client: pg.Client,
  lock: number,
  { what, log }: { what: string; log?: Pick<Logger, "info"> },
  work: () => Promise<T>,
): Promise<T> {
  let logAt = 0;
  while (!(await isTaken(client, lock))) {
    if (performance.now() >= logAt) {
      log?.info(await holderOf(client, lock), `${what} waits for another process`);
      logAt = performance.now() + LOG_EVERY_MS;
    }
    await sleep(POLL_EVERY_MS);
  }
  return runAndRelease(client, lock, work);
}

/** Runs `work` while this session has the lock, unless another process has it. @returns undefined in that case */
export async function ifSessionLockIsFree<T>(
  client: pg.Client,
  lock: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  return (await isTaken(client, lock)) ? runAndRelease(client, lock, work) : undefined;
}

/** Runs `work`, then releases the lock. */
async function runAndRelease<T>(client: pg.Client, lock: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    // The server releases it when the session ends, but a pooler's session does not end.
    await client.query("select pg_advisory_unlock($1)", [lock]).catch(() => {});
  }
}

async function isTaken(client: pg.Client, lock: number): Promise<boolean> {
  return (await client.query("select pg_try_advisory_lock($1) as mine", [lock])).rows[0].mine;
}

/** The session that has the lock, from `pg_stat_activity`. */
async function holderOf(client: pg.Client, lock: number): Promise<object> {
  const { rows } = await client.query(
    `select a.pid, a.application_name as application, a.client_addr as address, a.state,
            coalesce(a.xact_start, a.state_change, a.backend_start) as since
       from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())
        and l.classid::bigint = $1::bigint >> 32 and l.objid::bigint = $1::bigint & 4294967295`,
    [lock],
  );
  return rows[0] ?? {};
}
