/** A server of its own with sample requests: open ones, final ones, and those of the weeks before. */

import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "../../../src/db/pool.ts";
import { insert, insertRequest } from "../db/rows.ts";
import { startApi, startDatabase, tokenFor } from "../stage/stage.ts";
import {
  ALICE,
  BOB,
  CAROL,
  DEPLOY,
  DORA,
  EMIL,
  PAST,
  REJECTED,
  type Sample,
  TIMED_OUT,
  WAITING,
} from "./sample-requests.ts";
import { insertCloseRun, insertRolledBackRun, insertSampleRun } from "./sample-runs.ts";

/** The time zone of the people. */
export const ZONE = "Europe/Berlin";

export interface SampleStage {
  url: string;
  /** The ids of the requests that pictures open. */
  ids: { deploy: string; rejected: string; timedOut: string; run: string; close: string; rolledBack: string };
  /** A session of an approver, and of an auditor. */
  sessions: { bob: string; olga: string };
}

/** The server and the database of the samples. */
export interface SampleTarget {
  /** Of a server. */
  url: string;
  /** A superuser's, on the server's database. */
  pool: Pool;
  /** Signs a token that the server accepts. */
  tokenFor(userId: string, claims?: { scope?: string; roles?: string[] }): Promise<string>;
}

/** @param running ends what was started */
export async function startSampleStage(running: AsyncDisposableStack): Promise<SampleStage> {
  const database = await startDatabase(running);
  const people = join(tmpdir(), `countersign-people-${randomUUID()}.json`);
  running.defer(() => rmSync(people));
  writeFileSync(people, JSON.stringify([BOB, CAROL, DORA, EMIL, ALICE].map((id) => ({ id, zone: ZONE }))));
  const { url } = await startApi(running, database, [], { GRAPHIQL: "false", PEOPLE_FILE: people });
  const ids = await fillSamples({ url, pool: database.pool, tokenFor });
  const [bob, olga] = await Promise.all([
    tokenFor(BOB, { roles: ["release-managers"] }),
    tokenFor("olga@company.com", { scope: "approvals:read" }),
  ]);
  return { url, ids, sessions: { bob, olga } };
}

/** Fills a database that has no samples yet. */
export async function fillSamples(target: SampleTarget): Promise<SampleStage["ids"]> {
  const { pool } = target;
  const ask = await asking(target);
  const say = saying(target);
  await fillPast(pool);

  const timedOut = await ask({ ...TIMED_OUT, timeoutMs: 1_000 });
  await shift(pool, timedOut, 4 * 60);
  await ended(pool, timedOut);
  await shift(pool, timedOut, 26 * 60);
  const rejected = await ask(REJECTED);
  await shift(pool, rejected, 25);
  await say(BOB, rejected, REJECT, {
    comment: "Finance still needs it for the audit in March. Ask again in April.",
  });
  await shift(pool, rejected, 19 * 60);
  const approved = await ask({ title: "Deploy search 2.30.1 to production?", workflowId: "release" });
  await shift(pool, approved, 6);
  await say(BOB, approved, APPROVE, { comment: "The canary looks good." });
  await shift(pool, approved, 150);

  for (const [index, sample] of [...WAITING].reverse().entries()) {
    await shift(pool, await ask(sample), 45 + 11 * (WAITING.length - index));
  }
  // Bob has read all notifications so far.
  await send(target.url, await target.tokenFor(BOB), READ, { before: new Date().toISOString() });
  const deploy = await ask(DEPLOY);
  await say(CAROL, deploy, COMMENT, { body: "Does the way back work once there are split payments?" });
  await shift(pool, deploy, 21);
  await say(ALICE, deploy, COMMENT, { body: "Yes: 4.11.2 reads them, it only cannot make new ones." });
  await shift(pool, deploy, 9);
  await say(CAROL, deploy, APPROVE, { comment: "Read the diff and the figures of the canary. Go." });
  await shift(pool, deploy, 12);

  await insertSampleRun(pool, rejected, "FAILED");
  await insertSampleRun(pool, approved, "SUCCEEDED");
  const run = await insertSampleRun(pool, deploy, "RUNNING");
  const close = await insertCloseRun(pool);
  const rolledBack = await insertRolledBackRun(pool);

  return { deploy, rejected, timedOut, run, close, rolledBack };
}

const CREATE = `mutation ($input: CreateApprovalRequestInput!) {
  answer: createApprovalRequest(input: $input) {
    ... on CreateApprovalRequestPayload { request { id } } ... on Error { message }
  }
}`;
const command = (name: string, type: string) =>
  `mutation ($input: ${type}!) { answer: ${name}(input: $input) { __typename ... on Error { message } } }`;
const APPROVE = command("approveRequest", "ApproveRequestInput");
const REJECT = command("rejectRequest", "RejectRequestInput");
const READ = command("markAllNotificationsRead", "MarkAllNotificationsReadInput");
const COMMENT = command("addApprovalComment", "AddApprovalCommentInput");

/** Creates a request on behalf of others, as a workflow does; returns its id. */
async function asking({ url, tokenFor }: SampleTarget): Promise<(sample: Sample) => Promise<string>> {
  const token = await tokenFor("orchestrator@company.com", { scope: "approvals:request" });
  return async (sample) => {
    const names = { jobId: "approval", executionId: randomUUID(), requestedBy: ALICE };
    const asked = sample.allowedApprovers === undefined ? { notifyUsers: [BOB] } : {};
    const { request } = await send(url, token, CREATE, { ...names, ...asked, ...sample });
    return request?.id as string;
  };
}

const saying =
  ({ url, tokenFor }: SampleTarget) =>
  async (userId: string, requestId: string, query: string, input: object) =>
    send(url, await tokenFor(userId), query, { requestId, ...input });

interface Answer {
  message?: string;
  request?: { id: string };
}

/** @throws what the API refuses */
async function send(url: string, token: string, query: string, input: object): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data, errors } = (await response.json()) as { data?: { answer: Answer }; errors?: unknown };
  if (!data || data.answer.message !== undefined) throw new Error(JSON.stringify(errors ?? data?.answer));
  return data.answer;
}

async function ended(pool: Pool, id: string): Promise<void> {
  for (;;) {
    const { rows } = await pool.query("select 1 from approval_requests where id = $1 and decided_at is not null", [id]);
    if (rows.length > 0) return;
    await sleep(100);
  }
}

/** Moves all times of a request into the past; an open request keeps its expiry. */
async function shift(pool: Pool, id: string, minutes: number): Promise<void> {
  const client = await pool.connect();
  const earlier = (column: string) => `${column} = ${column} - $2 * interval '1 minute'`;
  try {
    // The audit log is append-only for everybody else.
    await client.query("begin; set local session_replication_role = replica");
    const change = (table: string, key: string, columns: string[]) =>
      client.query(`update ${table} set ${columns.map(earlier)} where ${key} = $1`, [id, minutes]);
    await change("approval_requests", "id", ["created_at", "decided_at"]);
    await client.query(
      `update approval_requests set ${earlier("expires_at")} where id = $1 and decided_at is not null`,
      [id, minutes],
    );
    for (const table of ["approval_audit_log", "approval_comments", "approval_notifications"]) {
      await change(table, "approval_request_id", ["created_at"]);
    }
    await change("approval_decisions", "approval_request_id", ["decided_at"]);
    await client.query("commit");
  } finally {
    client.release();
  }
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DECIDERS = [BOB, CAROL, BOB, DORA, CAROL, BOB, EMIL];

/** Five weeks of working days. The random numbers are the same in every run. */
async function fillPast(pool: Pool): Promise<void> {
  const workflows = Object.entries(PAST);
  let state = 7;
  const chance = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  for (let day = 35; day >= 1; day--) {
    const date = new Date(midnight - day * DAY);
    if ([0, 6].includes(date.getUTCDay())) continue;
    const count = 4 + Math.floor(chance() * 6);
    for (let n = 0; n < count; n++) {
      const [workflow_id, titles] = workflows[Math.floor(chance() ** 1.6 * workflows.length)] as [string, string[]];
      const created_at = new Date(date.getTime() + (7 * 60 + chance() * 9 * 60) * MINUTE);
      const decided_at = new Date(created_at.getTime() + (2 + chance() ** 4 * 200) * MINUTE);
      const title = titles[Math.floor(chance() * titles.length)] as string;
      const by = DECIDERS[Math.floor(chance() * DECIDERS.length)] as string;
      const row = {
        workflow_id,
        title,
        requested_by: [ALICE, DORA, EMIL][n % 3],
        created_by: "orchestrator@company.com",
      };
      await past(
        pool,
        { ...row, created_at, expires_at: new Date(created_at.getTime() + 240 * MINUTE) },
        chance(),
        by,
        decided_at,
      );
    }
  }
}

async function past(
  pool: Pool,
  row: Record<string, unknown>,
  luck: number,
  by: string,
  decided_at: Date,
): Promise<void> {
  if (luck > 0.95) {
    await insertRequest(pool, { ...row, status: "TIMEOUT", decision_source: "TIMEOUT", decided_at: row.expires_at });
    return;
  }
  const [status, decision] = luck < 0.82 ? ["APPROVED", "APPROVE"] : ["REJECTED", "REJECT"];
  const approvers = decision === "APPROVE" ? [by] : [];
  const end = { status, decision, decision_source: "APPROVER", decided_by: by, decided_at, approvers };
  const id = await insertRequest(pool, { ...row, ...end, notify_users: [by] });
  await insert(pool, "approval_decisions", { approval_request_id: id, approver: by, decision, decided_at });
}
