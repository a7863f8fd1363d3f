/**
 * Restate, the example's service and the API: a process each, which can be killed and restarted at the same address.
 */

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { freePorts } from "../../../examples/restate/processes.ts";
import { query, type Restate, register, resultOf, send, startRestate } from "../../../examples/restate/restate.ts";
import { createTestDatabase, type TestDatabase } from "../db/database.ts";
import { eventually } from "../eventually.ts";
import { type Started, startScript } from "../processes.ts";
import { type ApiProcess, startApi } from "../server/api-process.ts";
import { tokenFor } from "../server/server.ts";

export const WEBHOOK_SECRET = `whsec_${randomBytes(32).toString("base64")}`;

/** A row of a request, and the awakeable that its callback names. */
export interface WaitingRequest {
  id: string;
  status: string;
  comment: string | null;
  callbackUrl: string;
  awakeable: string;
}

export interface RestateStage {
  readonly database: TestDatabase;
  restate: Restate;
  /** Starts a release with a request for bob. @param key its idempotency key @returns the invocation's id */
  release(gate?: object, key?: string): Promise<string>;
  resultOf(invocationId: string): Promise<unknown>;
  /** The request of an invocation, once it is created. */
  requestOf(invocationId: string): Promise<WaitingRequest>;
  /** Resolves once the invocation has left the service. */
  suspended(invocationId: string): Promise<void>;
  /** Resolves once the invocation has read its request without a callback. */
  looked(invocationId: string): Promise<void>;
  statusOf(invocationId: string): Promise<string | undefined>;
  decide(verb: "approve" | "reject", requestId: string, comment?: string): Promise<void>;
  /** Resolves once an attempt to deliver the request's callback has failed. */
  callbackFailed(requestId: string): Promise<void>;
  kill(part: Part): Promise<void>;
  /** @param env of the service: more of its environment */
  start(part: Part, env?: NodeJS.ProcessEnv): Promise<void>;
  stop(): Promise<void>;
}

export type Part = "Countersign" | "the Restate server" | "the service";

export async function startRestateStage(): Promise<RestateStage> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "countersign-restate-test-"));
  const token = await tokenFor("releases", { scope: "approvals:request" });
  const [servicePort, apiPort] = (await freePorts(2)) as [number, number];
  const bob = await tokenFor("bob");

  const env = { WEBHOOK_SECRET, WEBHOOK_ALLOW_PRIVATE: "true" };
  const startCountersign = () => startApi({ databaseUrl: database.url, port: apiPort, env });
  async function startService(env: NodeJS.ProcessEnv = {}): Promise<Started> {
    const service = startScript("examples/restate/service.ts", [], {
      PORT: String(servicePort),
      COUNTERSIGN_URL: `${api.url}/graphql`,
      COUNTERSIGN_TOKEN: token,
      RESTATE_INGRESS_URL: stage.restate.ingressUrl,
      WEBHOOK_SECRET,
      RESTATE_LOGGING: "ERROR",
      ...env,
    });
    await service.line();
    return service;
  }

  let api: ApiProcess = await startCountersign();
  let service: Started;
  const stage: RestateStage = {
    database,
    restate: await startRestate(dataDir),

    release: (gate = {}, key) =>
      send(stage.restate, "releases/release", { version: "1.4.0", approvers: ["bob"], gate }, key),
    resultOf: (invocationId) => resultOf(stage.restate, invocationId),

    requestOf: (invocationId) =>
      eventually(async () => {
        const { rows } = await database.pool.query<Omit<WaitingRequest, "awakeable">>(
          `select id, status, comment, callback_url as "callbackUrl" from approval_requests
            where execution_id like $1 || '/%' order by created_at desc limit 1`,
          [invocationId],
        );
        const [row] = rows;
        return row && { ...row, awakeable: row.callbackUrl.split("/").at(-2) as string };
      }),

    async statusOf(invocationId) {
      const sql = `select status from sys_invocation where id = '${invocationId}'`;
      return (await query<{ status: string }>(stage.restate, sql))[0]?.status;
    },
    async suspended(invocationId) {
      await eventually(async () => ((await stage.statusOf(invocationId)) === "suspended" ? true : undefined));
    },
    async looked(invocationId) {
      const sql = `select name from sys_journal where id = '${invocationId}' and name = 'look at the outcome'`;
      await eventually(async () => ((await query(stage.restate, sql)).length > 0 ? true : undefined));
    },

    async decide(verb, requestId, comment) {
      const response = await fetch(`${api.url}/api/approvals/${requestId}/${verb}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${bob}` },
        body: JSON.stringify({ comment }),
      });
      expect(await response.text()).toContain(verb === "approve" ? '"APPROVED"' : '"REJECTED"');
    },

    async callbackFailed(requestId) {
      const failed = `select 1 from approval_notifications
                       where approval_request_id = $1 and channel = 'WEBHOOK' and retry_count > 0`;
      await eventually(async () => (await database.pool.query(failed, [requestId])).rows[0]);
    },
    async kill(part) {
      if (part === "the Restate server") await stage.restate.end("SIGKILL");
      else await (part === "Countersign" ? api : service).end("SIGKILL");
    },
    async start(part, env) {
      if (part === "the Restate server") stage.restate = await startRestate(dataDir, stage.restate.ports);
      else if (part === "the service") service = await startService(env);
      else api = await startCountersign();
    },

    async stop() {
      await Promise.all([service?.end("SIGKILL"), stage.restate.end("SIGKILL"), api.end("SIGTERM")]);
      await rm(dataDir, { recursive: true, force: true });
      await database.drop();
    },
  };
  service = await startService();
  await register(stage.restate, `http://127.0.0.1:${servicePort}`);
  return stage;
}
