/** Writes rows directly into the tables, for tests of the database itself. */

import { randomUUID } from "node:crypto";
import type pg from "pg";

type Client = Pick<pg.Pool, "query">;
type Row = Record<string, unknown>;

/** Inserts a pending request of `alice` that `bob` is asked to decide, expiring in an hour; returns its id. */
export async function insertRequest(client: Client, columns: Row = {}): Promise<string> {
  return insert(client, "approval_requests", {
    workflow_id: "workflow",
    job_id: "job",
    execution_id: randomUUID(),
    title: "Deploy",
    requested_by: "alice",
    created_by: "alice",
    timeout_ms: 3_600_000,
    expires_at: new Date(Date.now() + 3_600_000),
    notify_users: ["bob"],
    ...columns,
  });
}

/** Inserts a row and returns its id, if the table has one. Objects are written as JSON, arrays as arrays. */
export async function insert(client: Client, table: string, row: Row): Promise<string> {
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`);
  const sql = `insert into ${table} (${names}) values (${places}) returning to_jsonb(${table}) ->> 'id' as id`;
  const { rows } = await client.query<{ id: string }>(sql, Object.values(row));
  return rows[0]?.id as string;
}
