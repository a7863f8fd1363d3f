/** Starts the Countersign server of the example, and provides tokens for people and the service. */

import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createToken } from "../processes/create-token.ts";
import { startNode } from "../processes/start.ts";
import { supervise } from "../processes/supervise.ts";
import { freePorts } from "./processes.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

export const APPROVER = "bob@company.com";

/** A running server. */
export interface Countersign {
  url: string;
  /** The token of the service. */
  token: string;
  /** The token of bob, if it is known. */
  approverToken: string | null;
  webhookSecret: string;
  stop(): Promise<void>;
}

/** Starts a server with an embedded PostgreSQL and its own data, and restarts it whenever it ends by itself. */
export async function startCountersign(interrupted: AbortSignal): Promise<Countersign> {
  const secret = randomBytes(32).toString("hex");
  const webhookSecret = `whsec_${randomBytes(32).toString("base64")}`;
  const dataDir = join(tmpdir(), `countersign-restate-${randomBytes(6).toString("hex")}`);
  const [port] = await freePorts(1);
  const env = {
    PORT: String(port),
    DATA_DIR: dataDir,
    AUTH_JWT_SECRET: secret,
    WEBHOOK_SECRET: webhookSecret,
    // Restate is on this machine.
    WEBHOOK_ALLOW_PRIVATE: "true",
    LOG_LEVEL: "error",
  };
  const server = await supervise("Countersign", () => startNode(MAIN, env, (line) => console.error(line)), interrupted);
  return {
    url: server.first.url,
    webhookSecret,
    token: await createToken(secret, "releases@company.com", "approvals:request"),
    approverToken: await createToken(secret, APPROVER),
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The page with the two buttons, signed in if the token is known. */
export function linkTo({ url, approverToken }: Countersign, requestId: string): string {
  const next = `/requests/${requestId}`;
  return approverToken === null ? url + next : `${url}/sign-in#${new URLSearchParams({ token: approverToken, next })}`;
}

/** The id of an invocation's request, once it has asked. */
export async function requestOf(countersign: Countersign, invocationId: string, signal: AbortSignal): Promise<string> {
  const list = `{ approvalRequests(filter: { workflowId: "releases" }) { edges { node { id executionId } } } }`;
  for (;;) {
    const { approvalRequests } = await operation(countersign, countersign.token, list, {});
    const nodes = approvalRequests.edges.map(({ node }: { node: { id: string; executionId: string } }) => node);
    // An execution is an invocation and a time.
    const asked = nodes.find(({ executionId }: { executionId: string }) => executionId.startsWith(invocationId));
    if (asked !== undefined) return asked.id;
    await sleep(100, undefined, { signal });
  }
}

/** Decides as bob. @throws Error with the response of the server, unless the decision was recorded */
export async function decide(countersign: Countersign, verb: "approve" | "reject", requestId: string): Promise<void> {
  const [field, type] = [`${verb}Request`, verb === "approve" ? "ApproveRequestInput" : "RejectRequestInput"];
  const mutation = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename ... on Error { message } } }`;
  const input = { requestId, ...(verb === "reject" && { comment: "Not on a Friday." }) };
  const data = await operation(countersign, countersign.approverToken as string, mutation, { input });
  if (!data[field].__typename.endsWith("Payload")) throw new Error(data[field].message);
}

// biome-ignore lint/suspicious/noExplicitAny: the result depends on the operation
async function operation({ url }: Countersign, token: string, query: string, variables: object): Promise<any> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: { message: string }[] };
  if (errors) throw new Error(errors.map(({ message }) => message).join("; "));
  return data;
}
