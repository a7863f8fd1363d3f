/** Starts the Restate server as a separate process, and calls its API. */

import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Process, startProgram } from "../processes/start.ts";
import { freePorts } from "./processes.ts";

export interface Restate extends Process {
  /** The address for invocations and callbacks. */
  ingressUrl: string;
  /** The address at which services are registered and invocations are inspected. */
  adminUrl: string;
  ports: Ports;
}

export interface Ports {
  ingress: number;
  admin: number;
  node: number;
}

const READY_WITHIN_MS = 60_000;

/** The program itself: the package's own script does not pass signals on. */
function program(): string {
  const server = createRequire(import.meta.url).resolve("@restatedev/restate-server/package.json");
  return createRequire(server).resolve(
    `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
  );
}

/**
 * Starts it on 127.0.0.1 and waits until it takes requests.
 * @param dataDir the folder for its data and its log; created if it does not exist
 * @param at the ports of one that ended; without them free ones
 * @throws the end of its log if it does not start
 */
export async function startRestate(dataDir: string, at?: Ports): Promise<Restate> {
  const ports = at ?? (await choosePorts());
  await mkdir(dataDir, { recursive: true });
  const logFile = join(dataDir, "restate.log");
  const log = openSync(logFile, "a");
  const args = ["--base-dir", dataDir, "--node-name", "countersign", "--default-num-partitions", "4", "--no-logo"];
  const where = ["--listen-mode", "tcp", "--bind-address", `127.0.0.1:${ports.node}`];
  const starting = startProgram(program(), [...args, ...where], {
    log,
    env: {
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ports.ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${ports.admin}`,
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LOG_FILTER: "warn",
      RESTATE_LOG_DISABLE_ANSI_CODES: "true",
      // By default it uses the resources of a whole machine.
      RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: "256 MiB",
      RESTATE_SHUTDOWN_TIMEOUT: "5s",
    },
  });
  closeSync(log);
  const started = await starting;
  const restate = {
    ...started,
    ports,
    ingressUrl: `http://127.0.0.1:${ports.ingress}`,
    adminUrl: `http://127.0.0.1:${ports.admin}`,
  };
  const until = performance.now() + READY_WITHIN_MS;
  while (!(await answers(`${restate.adminUrl}/health`)) || !(await answers(`${restate.ingressUrl}/restate/health`))) {
    if (!started.ended() && performance.now() < until) await sleep(50);
    else {
      await started.end("SIGKILL");
      throw new Error(`Restate does not start: ${readFileSync(logFile, "utf8").slice(-2_000)}`);
    }
  }
  return restate;
}

/** The ports for its next start. */
export async function choosePorts(): Promise<Ports> {
  const [ingress, admin, node] = (await freePorts(3)) as [number, number, number];
  return { ingress, admin, node };
}

const answers = (url: string) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

/** Registers the services at an address with Restate. */
export async function register({ adminUrl }: Restate, serviceUrl: string): Promise<void> {
  await post(`${adminUrl}/deployments`, { uri: serviceUrl });
}

/**
 * Starts an invocation and leaves it to itself.
 * @param key as long as Restate remembers an invocation of the same one, no other is started
 * @returns its id
 */
export async function send({ ingressUrl }: Restate, handler: string, input: unknown, key?: string): Promise<string> {
  const headers = key === undefined ? {} : { "Idempotency-Key": key };
  return ((await post(`${ingressUrl}/${handler}/send`, input, headers)) as { invocationId: string }).invocationId;
}

/** The result of an invocation, when it has ended. @throws its failure */
export async function resultOf<T>(restate: Restate, invocationId: string): Promise<T> {
  const response = await fetch(`${restate.ingressUrl}/restate/invocation/${invocationId}/attach`).catch((error) => {
    // A wait may be longer than the timeout of fetch.
    if (error.cause?.code === "UND_ERR_HEADERS_TIMEOUT") return null;
    throw error;
  });
  if (response === null) return resultOf(restate, invocationId);
  if (response.ok) return (await response.json()) as T;
  throw new Error(await response.text());
}

/**
 * Does something to an invocation: `cancel` lets it clear up, `kill` does not, `purge` forgets one that has ended.
 * @throws the response of Restate
 */
export async function act(
  { adminUrl }: Restate,
  verb: "cancel" | "kill" | "purge",
  invocationId: string,
): Promise<void> {
  const response = await fetch(`${adminUrl}/invocations/${invocationId}/${verb}`, { method: "PATCH" });
  if (!response.ok) throw new Error(await response.text());
}

/** Rows of Restate's introspection tables. */
export async function query<Row>({ adminUrl }: Restate, sql: string): Promise<Row[]> {
  return ((await post(`${adminUrl}/query`, { query: sql })) as { rows: Row[] }).rows;
}

async function post(url: string, body: unknown, headers = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (response.ok) return response.json();
  throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}
