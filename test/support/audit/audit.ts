/** Reads the audit log as its checks do, and tampers with it as only an owner of the tables can. */

import pg from "pg";
import type { Anchor } from "../../../src/audit/check.ts";
import { type AuditReport, verifyAudit } from "../../../src/audit/verify.ts";
import { beginSnapshot, type ChainedRow, chainedRows, storedChains } from "../../../src/db/queries/audit-chain.ts";
import { parseJson } from "../../../src/model/json-text.ts";

const WHOLE = { from: null, to: null };

/** Runs something in a snapshot of the database, on a connection of its own. */
async function inSnapshot<T>(url: string, run: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = new pg.Client({ connectionString: url });
  await session.connect();
  try {
    await beginSnapshot(session);
    return await run(session);
  } finally {
    await session.end();
  }
}

/** Checks a database, with anchors if they are given. */
export const verifyDatabase = (url: string, anchors: readonly Anchor[] | null = null): Promise<AuditReport> =>
  inSnapshot(url, (session) =>
    verifyAudit({
      rows: chainedRows(session, WHOLE, parseJson),
      stored: storedChains(session),
      anchors: anchors && each([...anchors].sort((a, b) => (a.requestId < b.requestId ? -1 : 1))),
    }),
  );

/** All rows of one request, in the order of the log. */
export async function chainOf(url: string, requestId: string): Promise<ChainedRow[]> {
  const found: ChainedRow[] = [];
  await inSnapshot(url, async (session) => {
    for await (const row of chainedRows(session, WHOLE, parseJson)) {
      if (row.approvalRequestId === requestId) found.push(row);
    }
  });
  return found;
}

export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** Changes tables with every trigger and foreign key out of force. */
export async function tamper(url: string, sql: string, values: unknown[] = []): Promise<void> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  try {
    await owner.query("set session_replication_role = replica");
    await owner.query(sql, values);
  } finally {
    await owner.end();
  }
}
