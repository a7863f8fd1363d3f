/** Runs the whole example: a Restate server, the service, a Countersign server, one release and one decision. */

import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startNode } from "../processes/start.ts";
import { supervise } from "../processes/supervise.ts";
import { APPROVER, type Countersign, decide, linkTo, requestOf, startCountersign } from "./countersign.ts";
import { freePorts } from "./processes.ts";
import { choosePorts, register, resultOf, send, startRestate } from "./restate.ts";

const HELP = `Usage: npm start [-- options]

Starts a Restate server, a service that waits for an approval, and a Countersign server,
each a process with its own data; starts one release, prints where to decide it, and
prints its outcome. A process that is killed is restarted. Ctrl-C stops everything.

  --approve                approve automatically
  --reject                 reject automatically
  --url ADDRESS            use the Countersign server at this address; it must be able to
                           reach this machine (WEBHOOK_ALLOW_PRIVATE=true if it is this one)
  --token TOKEN            the token of the service on that server, with the scope approvals:request
  --webhook-secret SECRET  the WEBHOOK_SECRET of that server
  --approver-token TOKEN   a token of ${APPROVER} on that server, for --approve and --reject
  --help                   show this help`;

const { values: options } = parseArgs({
  options: {
    approve: { type: "boolean", default: false },
    reject: { type: "boolean", default: false },
    url: { type: "string" },
    token: { type: "string" },
    "webhook-secret": { type: "string" },
    "approver-token": { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

/** The given server, or one that is started for this run. */
async function openCountersign(signal: AbortSignal): Promise<Countersign> {
  const { url, token, "webhook-secret": webhookSecret, "approver-token": approverToken = null } = options;
  if (url === undefined) return startCountersign(signal);
  if (!token || !webhookSecret) throw new Error("--url needs --token and --webhook-secret");
  return { url: new URL(url).origin, token, webhookSecret, approverToken, stop: async () => {} };
}

async function run(signal: AbortSignal): Promise<void> {
  const verb = options.approve ? "approve" : options.reject ? "reject" : null;
  if (options.approve && options.reject) throw new Error("--approve and --reject cannot be combined");
  if (verb && options.url && !options["approver-token"]) throw new Error(`--${verb} needs --approver-token with --url`);

  await using running = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "restate-example-"));
  running.defer(() => rm(dataDir, { recursive: true, force: true }));
  console.log("Starting Countersign, Restate and the service …");
  const countersign = await openCountersign(signal);
  running.defer(countersign.stop);
  const ports = await choosePorts();
  const server = await supervise("The Restate server", () => startRestate(dataDir, ports), signal);
  running.defer(server.stop);
  const restate = server.first;
  const service = await supervise("The service", await serviceOf(countersign, restate.ingressUrl), signal);
  running.defer(service.stop);
  await register(restate, service.first.url);

  signal.throwIfAborted();
  const persist = <T>(name: string, work: () => Promise<T>) =>
    Promise.race([throughRestarts(name, work, signal), aborted(signal)]);
  const release = { version: "1.4.0", approvers: [APPROVER] };
  // The key makes it safe to send the release twice.
  const invocationId = await persist("Restate", () => send(restate, "releases/release", release, randomUUID()));
  console.log(`\nRestate runs ${invocationId}; see ${restate.adminUrl}/`);
  const requestId = await persist("Countersign", () => requestOf(countersign, invocationId, signal));
  console.log(`It waits for ${APPROVER}, suspended:\n\n  ${linkTo(countersign, requestId)}\n`);
  if (verb) await persist("Countersign", () => decide(countersign, verb, requestId));
  const result = await persist("Restate", () => resultOf<object>(restate, invocationId));
  console.log(JSON.stringify(result, null, 2));
}

/** Starts the service, each time at the same address. */
async function serviceOf(countersign: Countersign, ingressUrl: string) {
  const [port] = await freePorts(1);
  const env = {
    PORT: String(port),
    COUNTERSIGN_URL: `${countersign.url}/graphql`,
    COUNTERSIGN_TOKEN: countersign.token,
    RESTATE_INGRESS_URL: ingressUrl,
    WEBHOOK_SECRET: countersign.webhookSecret,
    RESTATE_LOGGING: "ERROR",
  };
  const file = new URL("./service.ts", import.meta.url).pathname;
  return () => startNode(file, env, (line) => console.log(`  service: ${line}`));
}

/** Repeats a request to a server until it answers. The request must be safe to repeat. */
async function throughRestarts<T>(name: string, ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      // The error of fetch if there was no response, or only a part of one.
      if (!(error instanceof TypeError)) throw error;
      if (failures === 20) console.log(`${name} does not answer. Trying again …`);
      await sleep(200, undefined, { signal });
    }
  }
}

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupted.abort());
try {
  if (options.help) console.log(HELP);
  else await run(interrupted.signal);
} catch (error) {
  if (interrupted.signal.aborted) {
    console.log("\nInterrupted; everything is stopped.");
    process.exitCode = 130;
  } else {
    console.error(`restate example: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
