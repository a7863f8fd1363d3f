/**
 * The baseline of the API: a bare node:http server that runs the same SQL for a decision (the queries of
 * `src/db/queries`), including the notification to the requester, without GraphQL, tokens, validation and policy.
 *
 * BATCH=1 runs it in batches as the API does (two at a time, at most 200 decisions), BATCH=0 in one transaction each.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { v7 as uuidv7 } from "uuid";
import { AuditChains, type AuditEntry } from "../../src/audit/chain.ts";
import { createPool } from "../../src/db/pool.ts";
import { peopleAbout } from "../../src/db/queries/known-people.ts";
import { lockRequests } from "../../src/db/queries/requests.ts";
import { type BatchWrite, emptyBatch, writeBatch } from "../../src/db/queries/write.ts";
import type { ApprovalRequest } from "../../src/model/approvals.ts";

interface Job {
  id: string;
  done(request: ApprovalRequest | undefined): void;
  failed(error: unknown): void;
}

const IN_BATCHES = process.env.BATCH === "1";
const MOST_AT_ONCE = IN_BATCHES ? 2 : 32;
const MOST_IN_BATCH = IN_BATCHES ? 200 : 1;
const pool = createPool(process.env.DATABASE_URL as string, { max: MOST_AT_ONCE + 2 });
const waiting: Job[] = [];
let inFlight = 0;
let scheduled = false;

function startBatches(): void {
  while (inFlight < MOST_AT_ONCE && waiting.length > 0) {
    const batch = waiting.splice(0, MOST_IN_BATCH);
    inFlight += 1;
    void run(batch)
      .catch((error) => batch.forEach((job) => void job.failed(error)))
      .finally(() => {
        inFlight -= 1;
        startBatches();
      });
  }
}

async function run(batch: readonly Job[]): Promise<void> {
  const client = await pool.connect();
  try {
    const ids = batch.map((job) => job.id);
    const [, rows, { moment }] = await Promise.all([
      client.query("begin"),
      lockRequests(client, ids),
      peopleAbout(client, { ids, names: ["bob"], notifyingIds: ids, created: [] }),
    ]);
    const { now } = moment;
    const decided = rows.map((row) => approved(row, now));
    const chains = new AuditChains(rows);
    const write: BatchWrite = {
      ...emptyBatch(),
      updates: decided,
      decisions: decided.map(({ id }) => ({
        approvalRequestId: id,
        approver: "bob",
        decision: "APPROVE",
        comment: null,
        reason: null,
        decidedAt: now,
      })),
      audit: decided.flatMap((request) =>
        (["APPROVED", "NOTIFIED"] as const).map((action) => chains.append(entryOf(request, action, now))),
      ),
      notifications: decided.map(({ id, requestedBy, title, status }) => ({
        id: uuidv7(),
        approvalRequestId: id,
        kind: "DECIDED",
        channel: "IN_APP",
        recipient: requestedBy,
        maxRetries: 15,
        subject: title,
        body: null,
        asker: requestedBy,
        metadata: { to: "person", actor: "bob", comment: null, status },
      })),
    };
    await Promise.all([writeBatch(client, write), client.query("commit")]);
    const byId = new Map(decided.map((request) => [request.id, request]));
    for (const job of batch) job.done(byId.get(job.id));
  } finally {
    client.release();
  }
}

const entryOf = (
  { id, status, requestedBy }: ApprovalRequest,
  action: "APPROVED" | "NOTIFIED",
  now: Date,
): AuditEntry => ({
  approvalRequestId: id,
  action,
  userId: action === "APPROVED" ? "bob" : null,
  userEmail: null,
  ipAddress: action === "APPROVED" ? "127.0.0.1" : null,
  userAgent: null,
  oldStatus: action === "APPROVED" ? "PENDING" : status,
  newStatus: status,
  comment: null,
  metadata: action === "APPROVED" ? {} : { kind: "DECIDED", channel: "IN_APP", recipients: [requestedBy] },
  createdAt: now,
});

const approved = (row: ApprovalRequest, now: Date): ApprovalRequest => ({
  ...row,
  version: row.version + 1,
  status: "APPROVED",
  approvers: [...row.approvers, "bob"],
  decidedBy: "bob",
  decision: "APPROVE",
  decisionSource: "APPROVER",
  decidedAt: now,
});

const decide = (id: string) =>
  new Promise<ApprovalRequest | undefined>((done, failed) => {
    waiting.push({ id, done, failed });
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      startBatches();
    });
  });

const server = createServer((req, res) => {
  let body = "";
  req.setEncoding("utf8");
  req.on("data", (chunk: string) => {
    body += chunk;
  });
  req.on("end", async () => {
    const { id } = JSON.parse(body) as { id: string };
    const request = await decide(id);
    const answer = JSON.stringify({ id: request?.id, version: request?.version, status: request?.status });
    res.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(answer) });
    res.end(answer);
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => process.exit(0));
