/**
 * Tests that the predecessor's programs in docs/coming-from-the-predecessor.md compile and run with the packed package.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { type Ended, PACKING_MS, packageProjects, runModule, typeCheck } from "../support/package/projects.ts";

const page = readFileSync(new URL("../../docs/coming-from-the-predecessor.md", import.meta.url), "utf8");
const blocks = new Map(
  [...page.matchAll(/^```\w+ title=(\S+)\n(.*?)^```$/gms)].map(([, title, text]) => [title, text]),
);
const block = (title: string): string => blocks.get(title) as string;

/** The code around an excerpt of the page that makes it a program. */
const manager =
  'import { getApprovalManager } from "countersign/handler";\nconst approvalManager = getApprovalManager();\n';
const closing = `
import { closeApprovalHandler, closeApprovalManager } from "countersign/handler";
await closeApprovalHandler();
await closeApprovalManager();
`;
/** Approves the pending requests, as these users. */
const approving = (...users: string[]) => `
import { getApprovalManager as manager } from "countersign/handler";
async function decideAs(userId: string): Promise<void> {
  for (;;) {
    const [request] = await manager().getPendingApprovals({ userId });
    if (request !== undefined) return void (await manager().approve(request.id, { userId }));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const deciding = (async () => { for (const user of ${JSON.stringify(users)}) await decideAs(user); })();
`;
/** Runs the handler with the configuration of the page. */
const executing = (executionId: string, more: object = {}) => `
import { getApprovalHandler } from "countersign/handler";
console.log(JSON.stringify(getApprovalHandler().validate(config)));
const { success, output } = await getApprovalHandler().execute({
  jobId: "gate", workflowId: "wf", executionId: "${executionId}", type: "approval", dependencies: [], results: {},
  config: { ...config, ...${JSON.stringify(more)} },
});
console.log(success, output?.status, output?.decisionSource, output?.approvers.join());
`;

interface Program {
  text: string;
  printed: RegExp;
}

const PROGRAMS: Record<string, Program> = {
  "example-4": {
    text: `${block("example-4")}console.log(request.created, pending.length, pending[0]?.id === request.id);`,
    printed: /^Approval rate: 100%\ntrue 1 true\n$/,
  },
  initialize: {
    text: `${block("initialize")}console.log(approvalManager.defaults.timeoutAction);`,
    printed: /^REJECT\n$/,
  },
  register: { text: `${block("register")}console.log(approvalHandler.type);`, printed: /^approval\n$/ },
  "example-1": {
    text: block("example-1") + approving("data-admin@company.com") + executing("1"),
    printed: /^\[\]\ntrue APPROVED APPROVER data-admin@company.com\n$/,
  },
  "example-2": {
    text: block("example-2") + approving("tech-lead@company.com", "cto@company.com") + executing("2"),
    printed: /^\[\]\ntrue APPROVED APPROVER tech-lead@company.com,cto@company.com\n$/,
  },
  "example-3": {
    text: block("example-3") + executing("3", { metadata: { amount: 999, category: "tools" } }),
    printed: /^\[\]\ntrue APPROVED AUTO \n$/,
  },
  "example-3, by people": {
    text:
      block("example-3") +
      approving("finance@company.com") +
      executing("3b", { metadata: { amount: 1000, category: "tools" } }),
    printed: /^\[\]\ntrue APPROVED APPROVER finance@company.com\n$/,
  },
  "notification-service": {
    text: `const told = Promise.withResolvers<void>();
const print = console.log;
console.log = (line: string) => {
  print(line);
  if (line.startsWith("dora@")) told.resolve();
};
${block("notification-service")}
await approvalManager.createRequest({
  workflowId: "wf", jobId: "told", executionId: "1", title: "Deploy?", requestedBy: "ann",
  notifyUsers: ["dora@company.com"], notifyChannels: ["email"],
});
await told.promise;
console.log = print;
await approvalManager.close();`,
    // It also sends what the programs before it left in the outbox.
    printed: /^(\S+: .*\n)*dora@company\.com: .*Deploy\?.*\n(\S+: .*\n)*$/,
  },
  workflow: {
    text: `${block("workflow")}${approving("admin@company.com", "manager@company.com")}
orchestrator.registerHandler("build", { type: "build", execute: async () => ({ success: true, output: { size: 42 } }) });
orchestrator.registerHandler("deploy", { type: "deploy", execute: async () => ({ success: true }) });
await orchestrator.launch();
const run = await orchestrator.start(workflow, { executionId: "release-7" });
const { status, jobs } = await run.result();
console.log(status, jobs.deploy?.status);
await orchestrator.shutdown();`,
    printed: /^SUCCEEDED SUCCEEDED\n$/,
  },
  checkpoint: {
    text: `const job = (${block("checkpoint")});
${approving("bob")}
import { getApprovalHandler as handler } from "countersign/handler";
import { createOrchestrator } from "countersign/orchestrator";
const orchestrator = createOrchestrator();
orchestrator.registerHandler("approval", handler());
await orchestrator.launch();
const training = { id: "training", jobs: [{ id: "gate", ...job, config: { ...job.config, notifyUsers: ["bob"] } }] };
console.log((await (await orchestrator.start(training, { executionId: "1" })).result()).status);
await orchestrator.shutdown();`,
    printed: /^SUCCEEDED\n$/,
  },
  metrics: {
    text: manager + block("metrics"),
    printed: /Total Approvals: \d+\n {2}Approval Rate: .*\n.*\n.*\n {2}Avg Decision Time: \d+\.\d minutes\n/,
  },
  "user-activity": { text: manager + block("user-activity"), printed: /Pending: 0\n(.*\n)*? {2}Total Rejected: 0\n/ },
};

const fileOf = (name: string) => `${name.replaceAll(/\W+/g, "-")}.mts`;
/** It registers the same type as another one, on the process's orchestrator. */
const ALONE = "register";
const MARK = "=== ";

let project: string;
let database: TestDatabase;
let ended: Ended[];

beforeAll(async () => {
  const { full } = await packageProjects();
  // Below the project, so that it finds the package, and by itself, so that no other test's files are in it.
  project = join(full, "predecessor");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  const names = Object.keys(PROGRAMS);
  for (const name of names) writeFileSync(join(project, fileOf(name)), (PROGRAMS[name] as Program).text + closing);
  database = await createTestDatabase();
  // Few processes: each loads the whole package.
  ended = [await run(names.filter((name) => name !== ALONE)), await run([ALONE])];
}, PACKING_MS);
afterAll(() => database.drop());

/** Runs programs in one process, each after the one before. */
function run(names: string[]): Promise<Ended> {
  const code = names.map((name) => `console.log("${MARK}${name}");\nawait import("./${fileOf(name)}");\n`).join("");
  const env = { DATABASE_URL: database.url, NODE_OPTIONS: "--disable-warning=CountersignWarning" };
  return runModule(project, `${fileOf(names[0] as string)}.mjs`, code, env);
}

describe("the predecessor's programs, with new import paths,", () => {
  it("compile with tsc --strict, also with exactOptionalPropertyTypes", async () => {
    const resolution = { module: "nodenext", moduleResolution: "nodenext", exactOptionalPropertyTypes: true };
    expect(await typeCheck(project, Object.keys(PROGRAMS).map(fileOf), resolution)).toBe("");
  });

  it("and the programs of docs/manager.md compile with tsc --strict", async () => {
    const manual = readFileSync(new URL("../../docs/manager.md", import.meta.url), "utf8");
    const programs = [...manual.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text as string);
    const files = programs.map((_text, index) => `manager-${index}.mts`);
    for (const [index, text] of programs.entries()) writeFileSync(join(project, files[index] as string), text);
    expect(files).toHaveLength(2);
    expect(await typeCheck(project, files, { module: "nodenext", moduleResolution: "nodenext" })).toBe("");
  });

  it("end without an error", () => {
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: "" },
      { code: 0, stderr: "" },
    ]);
  });

  it.each(Object.entries(PROGRAMS))("do the same as before: %s", (name, { printed }) => {
    const parts = ended.flatMap(({ stdout }) => stdout.split(MARK));
    const part = parts.find((text) => text.startsWith(`${name}\n`));
    expect(part?.slice(name.length + 1)).toMatch(printed);
  });

  it("leave rows that the predecessor's SQL reads: recent actions, and the activity of each user", async () => {
    const query = async (title: string) => (await database.pool.query(block(title))).rows;
    const tables = (await query("tables")).map(({ table_name }) => table_name);
    expect(tables).toEqual(
      expect.arrayContaining(["approval_requests", "approval_notifications", "approval_audit_log"]),
    );
    expect(await query("recent-actions")).toHaveLength(20);
    expect(await query("activity-by-user")).toContainEqual({
      user_email: "ml-engineer@company.com",
      action: "APPROVED",
      count: 1,
    });
  });
});
