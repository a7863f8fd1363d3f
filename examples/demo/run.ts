/** The demo: build, approval, deploy. The approval is decided in another process than the one that waits for it. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ApprovalHandler, type JobHandler } from "countersign/handler";
import { createOrchestrator, type JobEnd, type Orchestrator, type WorkflowDefinition } from "countersign/orchestrator";
import { createToken } from "../processes/create-token.ts";
import { startApi } from "./api.ts";
import { type Build, buildHandler, deployHandler } from "./jobs.ts";
import { APPROVERS, curlLine, type Decision, decide, ORCHESTRATOR, signInLink } from "./people.ts";
import { openState } from "./state.ts";

const HELP = `Usage: npm run demo [-- options]

Packs this project, asks ${APPROVERS.join(" and ")} for approval, and
copies the tarball into the release folder only if both approve.

  --approve              approve automatically, as both of them
  --reject               decide automatically: the second of them rejects
  --url ADDRESS          use the server at this address (of its /graphql) instead of starting one
  --token TOKEN          the token of the workflow there; default COUNTERSIGN_TOKEN
  --approver-token TOKEN a token of each approver, for --approve and --reject there; give it twice
  --release FOLDER       the release folder; default .release
  --data FOLDER          the folder for the run until it has ended; default .demo
  --help                 show this help

It exits with 0 if the workflow ended, approved or rejected, with 1 if something failed, and with 130 if it was
interrupted, which stops everything that it started. After an interrupt or a kill the next start resumes the run.`;

const { values: options } = parseArgs({
  options: {
    approve: { type: "boolean", default: false },
    reject: { type: "boolean", default: false },
    url: { type: "string" },
    token: { type: "string" },
    "approver-token": { type: "string", multiple: true },
    release: { type: "string", default: new URL("../../.release", import.meta.url).pathname },
    data: { type: "string", default: new URL("../../.demo", import.meta.url).pathname },
    help: { type: "boolean", short: "h", default: false },
  },
});

const workflow: WorkflowDefinition = {
  id: "deployment-workflow",
  jobs: [
    { id: "build", type: "build", config: {} },
    {
      id: "approval",
      type: "approval",
      dependencies: ["build"],
      config: {
        title: "Approve production deployment",
        description: "Review the build before it is deployed.",
        notifyUsers: APPROVERS,
        timeoutMs: 3_600_000,
        timeoutAction: "reject",
        requireMinApprovers: 2,
      },
    },
    { id: "deploy", type: "deploy", dependencies: ["approval"], config: {} },
  ],
};

/** The same handler, with the build in the context for approvers. */
const showingBuild = (approval: ApprovalHandler): JobHandler => ({
  type: approval.type,
  validate: (config) => approval.validate(config),
  cancel: (...job) => approval.cancel(...job),
  execute: (context) => {
    const { name, size, digest, files } = context.results.build as Build;
    const config = { ...(context.config as object), context: { name, size, digest, files } };
    return approval.execute({ ...context, config });
  },
});

/** Reports the outcome of each job as soon as it is known. */
const reporting = (handler: JobHandler, ended: (jobId: string, end: JobEnd) => void): JobHandler => ({
  ...handler,
  async execute(context) {
    const { success, output, error } = await handler.execute(context);
    ended(context.jobId, { status: success ? "SUCCEEDED" : "FAILED", output, error });
    return { success, output, error };
  },
});

interface Place {
  /** Address of `/graphql`. */
  url: string;
  token: string;
  /** The tokens of the approvers that are known. */
  approverTokens: readonly string[];
  stop(): Promise<void>;
}

/** The server: the given one, or one that is started for this run. */
async function openPlace(databaseUrl: string, signal: AbortSignal): Promise<Place> {
  if (options.url !== undefined) {
    const token = options.token ?? process.env.COUNTERSIGN_TOKEN;
    if (!token) throw new Error("--url needs --token, or COUNTERSIGN_TOKEN");
    return { url: options.url, token, approverTokens: options["approver-token"] ?? [], stop: async () => {} };
  }
  console.log("Starting a server with its own data …");
  const api = await startApi(databaseUrl, signal);
  return {
    url: `${api.url}/graphql`,
    token: await createToken(api.secret, ORCHESTRATOR, "approvals:request"),
    approverTokens: await Promise.all(APPROVERS.map((userId) => createToken(api.secret, userId))),
    stop: api.stop,
  };
}

function showHowToDecide({ url, approverTokens }: Place, requestId: string): void {
  const { origin } = new URL(url);
  if (approverTokens.length === 0) {
    console.log(`\nSign in at ${origin}/ as each of them and decide request ${requestId}, or type:\n`);
    console.log(`  ${curlLine(url, "TOKEN", requestId)}\n`);
    return;
  }
  console.log("\nBoth must approve. Open these links in a browser and run the operation in the editor:\n");
  for (const [n, token] of approverTokens.entries()) {
    console.log(`  ${APPROVERS[n]}\n  ${signInLink(origin, token, requestId)}\n`);
  }
  console.log("Or type, in another terminal (rejectRequest instead of approveRequest rejects):\n");
  for (const token of approverTokens) console.log(`  ${curlLine(url, token, requestId)}\n`);
}

async function decideByItself({ url, approverTokens }: Place, requestId: string): Promise<void> {
  for (const [n, token] of approverTokens.entries()) {
    const decision: Decision = options.reject && n === approverTokens.length - 1 ? "reject" : "approve";
    report("", `${APPROVERS[n]} decides: ${decision}`);
    await decide(url, token, decision, requestId);
  }
}

const report = (id: string, text: string): void => console.log(`${id.padEnd(10)}${text}`);

function describe(id: string, { status, output, error }: JobEnd): string {
  if (status !== "SUCCEEDED") return status === "SKIPPED" ? "skipped" : (error ?? status.toLowerCase());
  if (id === "build") {
    const { name, size, digest, files } = output as Build;
    return `packed ${name}: ${files.length} files, ${Math.round(size / 1024)} KiB, SHA-256 ${digest}`;
  }
  if (id === "approval") return `approved by ${(output as { approvers: string[] }).approvers.join(" and ")}`;
  return `released as ${(output as { released: string }).released}`;
}

/** The results of an earlier run's jobs before it was resumed. */
async function tellOld(orchestrator: Orchestrator, executionId: string, ended: (id: string, end: JobEnd) => void) {
  const old = await orchestrator.inspect(workflow.id, executionId);
  for (const { jobId, status, output, error } of old?.jobs ?? []) {
    if (status !== "PENDING" && status !== "RUNNING") ended(jobId, { status, output, ...(error && { error }) });
  }
}

async function run(signal: AbortSignal): Promise<void> {
  const deciding = options.approve || options.reject;
  if (options.approve && options.reject) throw new Error("--approve and --reject cannot be combined");
  if (deciding && options.url !== undefined && options["approver-token"]?.length !== APPROVERS.length) {
    throw new Error("--approve and --reject at another server need --approver-token twice");
  }
  await using running = new AsyncDisposableStack();
  const state = await openState(resolve(options.data), signal);
  let isOver = false;
  running.defer(async () => {
    await state.database.stop();
    if (isOver) await state.remove();
  });
  const place = await openPlace(state.database.url, signal);
  running.defer(place.stop);

  const stopped = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => stopped.reject(signal.reason));
  stopped.promise.catch(() => {}); // It may be rejected when no code waits for it any longer.
  let decided: Promise<void> | undefined;
  const asked = (requestId: string) => {
    report("approval", `waits for ${APPROVERS.join(" and ")} (request ${requestId})`);
    if (!deciding) showHowToDecide(place, requestId);
    else decided = decideByItself(place, requestId).catch(stopped.reject);
  };
  const approval = new ApprovalHandler({ url: place.url, token: place.token, onAsked: asked });
  running.defer(() => approval.close());

  const reported = new Set<string>();
  const ended = (jobId: string, end: JobEnd) => {
    if (!reported.has(jobId)) report(jobId, describe(jobId, end));
    reported.add(jobId);
  };
  // A short lease, so that a killed demo resumes soon.
  const orchestrator = createOrchestrator({ databaseUrl: state.database.url, leaseMs: 2_000 });
  const handlers = [buildHandler(state.builds), showingBuild(approval), deployHandler(resolve(options.release))];
  for (const handler of handlers) orchestrator.registerHandler(handler.type, reporting(handler, ended));
  running.defer(() => orchestrator.shutdown());
  await orchestrator.launch();
  if (state.isOld) {
    console.log(`Resuming ${state.executionId} …`);
    await tellOld(orchestrator, state.executionId, ended);
  }
  const workflowRun = await orchestrator.start(workflow, { executionId: state.executionId });
  const result = await Promise.race([workflowRun.result(), stopped.promise]);
  for (const [jobId, end] of Object.entries(result.jobs)) ended(jobId, end);
  await decided;
  isOver = true;
  // A rejection is an outcome like an approval; a job that failed is not.
  if (Object.values(result.jobs).some(({ status, output }) => status === "FAILED" && !output)) process.exitCode = 1;
}

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // npm forwards an interrupt that the terminal has already sent to this process, so later ones are ignored.
  process.on(signal, () => interrupted.abort());
}
try {
  if (options.help) console.log(HELP);
  else await run(interrupted.signal);
} catch (error) {
  if (interrupted.signal.aborted) {
    console.log("\nInterrupted; everything is stopped. The next start resumes the run.");
    process.exitCode = 130;
  } else {
    console.error(`demo: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
