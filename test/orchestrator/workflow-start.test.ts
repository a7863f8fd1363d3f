/** Tests registering a workflow and starting its runs while an orchestrator runs them, and the rights to do so. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { runCommand } from "../support/cli/process.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { ended, gate, jobsOf, notedRequest } from "../support/orchestrator/orchestrator.ts";
import { gist, type RestClient, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, type TokenOptions, tokenFor } from "../support/server/server.ts";

const PROGRAM = { scope: "approvals:request" };
const ADMIN = { scope: "approvals:admin" };
const SCHEMA = {
  type: "object",
  properties: {
    version: { type: "string", pattern: "^\\d+(\\.\\d+)*$" },
    region: { enum: ["eu", "us"] },
    count: { type: "integer", minimum: 1 },
  },
  required: ["version"],
  additionalProperties: false,
};
const REGISTER = `mutation ($input: RegisterWorkflowInput!) {
  registerWorkflow(input: $input) {
    ... on RegisterWorkflowPayload { created workflow { name version startRoles createdBy canStart } }
    ... on Error { code message } ... on ValidationError { issues { path message } }
  }
}`;
const START = `mutation ($input: StartWorkflowInput!) {
  startWorkflow(input: $input) {
    ... on StartWorkflowPayload { created run { id status executionId workflowVersion createdBy input detailIsVisible } }
    ... on Error { code message } ... on ValidationError { issues { path message } }
  }
}`;

let server: TestServer;
let orchestrator: Orchestrator;
beforeAll(async () => {
  server = await startServer();
  orchestrator = createOrchestrator({ databaseUrl: server.database.url });
  orchestrator.registerHandler("echo", {
    type: "echo",
    execute: async ({ input }) => ({ success: true, output: { input } }),
  });
  const token = await tokenFor("program", PROGRAM);
  orchestrator.registerHandler("approval", new ApprovalHandler({ url: `${server.url}/graphql`, token }));
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await server.stop();
});

const pool = () => server.database.pool;
const nameOf = () => `release-${randomUUID()}`;
const documentOf = (id: string, jobs = ["echo"]) => ({ id, jobs: jobs.map((job) => ({ id: job, type: "echo" })) });
const call = async (mutation: string, userId: string, options: TokenOptions, input: object): Promise<Data> =>
  Object.values(await server.data(await tokenFor(userId, options), mutation, { input }))[0];
const rest = async (userId: string, options: TokenOptions = {}): Promise<RestClient> =>
  restClient(server, await tokenFor(userId, options));
/** Registers a workflow that people with the role `release` may start; returns its name. */
async function registered(more: object = {}): Promise<string> {
  const name = nameOf();
  const input = { definition: documentOf(name), inputSchema: SCHEMA, startRoles: ["release"], ...more };
  expect(await call(REGISTER, "program", PROGRAM, input)).toMatchObject({ created: true });
  return name;
}

describe("a registered workflow", () => {
  it("is a new version if its document, schema or roles change, and the same one otherwise", async () => {
    const definition = documentOf(nameOf());
    const register = (more: object = {}, userId = "program", options: TokenOptions = PROGRAM) =>
      call(REGISTER, userId, options, { definition, ...more });
    expect(await register()).toMatchObject({ created: true, workflow: { version: 1, createdBy: "program" } });
    expect(await register()).toMatchObject({ created: false, workflow: { version: 1 } });
    expect(await register({ startRoles: ["release"] })).toMatchObject({ created: true, workflow: { version: 2 } });
    expect(await register({ startRoles: ["release"] }, "dora", ADMIN)).toMatchObject({ created: false });
    expect(await register({}, "dora", ADMIN)).toMatchObject({ created: true, workflow: { version: 3 } });
    await expect(pool().query("update workflow_definitions set start_roles = '{all}'")).rejects.toMatchObject({
      constraint: "workflow_definitions_append_only",
    });
  });

  it("is registered by many processes at once under one number each", async () => {
    const id = nameOf();
    const versions = await Promise.all(
      Array.from({ length: 8 }, (_, index) => orchestrator.registerWorkflow(documentOf(id, [`job-${index}`]))),
    );
    expect(versions.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("is refused with every fault of its document, schema and roles", async () => {
    const faults = async (input: object) =>
      (await call(REGISTER, "program", PROGRAM, input)).issues.map(({ path }: Data) => path);
    expect(await faults({ definition: { id: "", jobs: [{ id: "a", type: 7, dependencies: ["b"] }] } })).toEqual([
      ...["definition.id", "definition.jobs.0.dependencies.0", "definition.jobs.0.type"],
    ]);
    const definition = documentOf(nameOf());
    for (const inputSchema of [
      { type: "string" },
      { type: "object", propertees: {} },
      { type: "object", properties: { a: { $ref: "https://example.com/schema" } } },
      { type: "object", properties: { a: { type: "strin" } } },
      { type: "object", properties: { a: { pattern: "(" } } },
      { type: "object", $async: true },
      { type: "object", description: "x".repeat(65_536) },
    ]) {
      expect((await faults({ definition, inputSchema }))[0]).toMatch(/^inputSchema/);
    }
    expect(await faults({ definition, startRoles: ["ops", ""] })).toEqual(["startRoles.1"]);
    await expect(orchestrator.registerWorkflow({ id: "odd", jobs: [{ id: "a", type: "none" }] })).rejects.toMatchObject(
      {
        issues: [{ path: "jobs.0.type" }],
      },
    );
  });

  it("is registered by admins, and by programs if the name is new or theirs", async () => {
    const name = await registered();
    const definition = documentOf(name, ["other"]);
    expect(await call(REGISTER, "other", PROGRAM, { definition })).toMatchObject({ code: "FORBIDDEN" });
    expect(await call(REGISTER, "rita", { roles: ["release"] }, { definition })).toMatchObject({ code: "FORBIDDEN" });
    expect(await call(REGISTER, "olga", { scope: "approvals:read" }, { definition })).toMatchObject({
      code: "FORBIDDEN",
    });
    expect(await call(REGISTER, "program", PROGRAM, { definition })).toMatchObject({ workflow: { version: 2 } });
    const { name: own } = await orchestrator.registerWorkflow(documentOf(nameOf()));
    const another = { definition: documentOf(own, ["other"]) };
    expect(await call(REGISTER, "program", PROGRAM, another)).toMatchObject({ code: "FORBIDDEN" });
  });

  it("is shown to people who may start it, and its document to its program and to viewers who see everything", async () => {
    const name = await registered();
    const read = async (userId: string, options: TokenOptions = {}) =>
      (await (await rest(userId, options)).get(`/workflows/${name}`)).body;
    expect(await read("program", PROGRAM)).toMatchObject({
      name,
      version: 1,
      canStart: true,
      definition: { id: name },
    });
    expect(await read("rita", { roles: ["release"] })).toMatchObject({
      canStart: true,
      definition: null,
      inputSchema: SCHEMA,
    });
    expect(await read("olga", { scope: "approvals:read" })).toMatchObject({
      canStart: false,
      definition: { id: name },
    });
    expect(await read("other", PROGRAM)).toMatchObject({ canStart: true, definition: null });
    expect(await read("mallory", { roles: ["sales"] })).toMatchObject({ status: 404, code: "NOT_FOUND" });
    const named = async (userId: string, options: TokenOptions = {}) => {
      const { body } = await (await rest(userId, options)).get("/workflows?first=100");
      return body.items.some((workflow: Data) => workflow.name === name);
    };
    expect(await named("rita", { roles: ["release"] })).toBe(true);
    expect(await named("mallory", { roles: ["sales"] })).toBe(false);
    expect(await named("bob")).toBe(false);
  });
});

describe("a run of a registered workflow", () => {
  it("is started over GraphQL with its input, and runs at once", async () => {
    const name = await registered();
    const input = { version: "1.4", region: "eu" };
    const { created, run } = await call(START, "program", PROGRAM, { name, executionId: "7", input });
    expect({ created, run }).toMatchObject({
      created: true,
      run: { executionId: "7", workflowVersion: 1, createdBy: "program", input, detailIsVisible: true },
    });
    const { body } = await (await rest("program", PROGRAM)).get(`/runs/${run.id}?wait=20`);
    expect(body).toMatchObject({ status: "SUCCEEDED", input, jobs: [{ output: { input } }] });
  });

  it("is the same one if the start is repeated, also after a newer version was registered", async () => {
    const name = await registered();
    const start = { name, executionId: "7", input: { version: "1" } };
    const { run } = await call(START, "program", PROGRAM, start);
    await call(REGISTER, "program", PROGRAM, { definition: documentOf(name, ["echo", "second"]) });
    expect(await call(START, "program", PROGRAM, start)).toMatchObject({
      created: false,
      run: { id: run.id, workflowVersion: 1 },
    });
    const other = await call(START, "program", PROGRAM, { ...start, input: { version: "2" } });
    expect(other).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("another input") });
    const newer = await call(START, "program", PROGRAM, { ...start, version: 2 });
    expect(newer).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("another document") });
    const fresh = await call(START, "program", PROGRAM, { ...start, executionId: "8" });
    expect(fresh).toMatchObject({ created: true, run: { workflowVersion: 2 } });
    expect(await call(START, "program", PROGRAM, { ...start, version: 9 })).toMatchObject({ code: "NOT_FOUND" });
  });

  it("is started over REST, with an address and an execution id of its own", async () => {
    const name = await registered();
    const program = await rest("program", PROGRAM);
    const { status, headers, body } = await program.post(`/workflows/${name}/start`, { input: { version: "2" } });
    expect([status, headers.get("Location")]).toEqual([201, `/api/runs/${body.id}`]);
    expect(await ended(pool(), body.executionId)).toBe("SUCCEEDED");
    const again = await program.post(`/workflows/${name}/start`, {
      executionId: body.executionId,
      input: { version: "2" },
    });
    expect([again.status, again.body.id]).toEqual([200, body.id]);
    expect(gist(await program.post(`/workflows/none/start`, {}))).toEqual([404, "NOT_FOUND"]);
    expect(gist(await program.post(`/workflows/${name}/start`, { input: { version: 2 } }))).toEqual([
      ...[422, "VALIDATION", "input.version"],
    ]);
  });

  it("is started with a priority over GraphQL, REST and the command, by programs and admins only", async () => {
    const name = await registered();
    const start = { name, input: { version: "1" } };
    const priorityOf = async (id: string) => (await (await rest("dora", ADMIN)).get(`/runs/${id}`)).body.priority;
    const { run } = await call(START, "program", PROGRAM, { ...start, priority: 7 });
    expect(await priorityOf(run.id)).toBe(7);
    const { body } = await (await rest("dora", ADMIN)).post(`/workflows/${name}/start`, {
      input: start.input,
      priority: -100,
    });
    expect(body).toMatchObject({ priority: -100 });
    const options = ["--url", server.url, "--token", await tokenFor("program", PROGRAM), "--json"];
    const command = ["runs", "start", name, "--input", '{"version":"1"}', ...options];
    const { stdout } = await runCommand([...command, "--priority=-5"]);
    expect(await priorityOf(JSON.parse(stdout).id)).toBe(-5);
    expect(await runCommand([...command, "--priority", "101"])).toMatchObject({
      stderr: expect.stringContaining("a whole number from -100 to 100"),
    });
    for (const priority of [101, -101]) {
      expect((await call(START, "program", PROGRAM, { ...start, priority })).issues).toEqual([
        { path: "priority", message: `must be a whole number from -100 to 100, not ${priority}` },
      ]);
    }
    const person = { roles: ["release"] };
    expect(await call(START, "rita", person, { ...start, priority: 1 })).toMatchObject({ code: "FORBIDDEN" });
    const own = (await call(START, "rita", person, start)).run;
    expect(await priorityOf(own.id)).toBe(0);
  });

  it("is refused with every fault of its input, also if a pattern would never end", async () => {
    const name = await registered();
    const refused = await call(START, "program", PROGRAM, { name, input: { region: "mars", count: 0, more: 1 } });
    expect(Object.fromEntries(refused.issues.map(({ path, message }: Data) => [path, message]))).toEqual({
      "input.version": "is required",
      "input.more": "is not a known field; known fields: count, region, version",
      "input.region": 'must be one of "eu", "us", not "mars"',
      "input.count": "must be >= 1, not 0",
    });
    const inputSchema = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };
    const slow = await registered({ inputSchema });
    const late = await call(START, "program", PROGRAM, { name: slow, input: { a: `${"a".repeat(60)}!` } });
    expect(late).toMatchObject({ code: "VALIDATION", issues: [{ path: "input" }] });
    const { rows } = await pool().query("select from workflow_runs where workflow_id = any ($1)", [[name, slow]]);
    expect(rows).toEqual([]);
  });

  it("is started by people with a role of the newest version, who see how far it is", async () => {
    const name = await registered();
    const RELEASE = { roles: ["release"] };
    const { run } = await call(START, "rita", RELEASE, { name, input: { version: "3" } });
    expect(run).toMatchObject({ createdBy: "rita", input: null, detailIsVisible: false });
    expect(await ended(pool(), run.executionId)).toBe("SUCCEEDED");
    expect((await jobsOf(pool(), run.executionId)).echo?.output).toEqual({ input: { version: "3" } });
    for (const [userId, options, code] of [
      ["olga", { scope: "approvals:read" }, "FORBIDDEN"],
      ["mallory", { roles: ["sales"] }, "NOT_FOUND"],
      ["bob", {}, "NOT_FOUND"],
    ] as const) {
      expect(await call(START, userId, options, { name, input: { version: "3" } })).toMatchObject({ code });
    }
    await call(REGISTER, "program", PROGRAM, { definition: documentOf(name), startRoles: ["managers"] });
    for (const version of [1, 2]) {
      expect(await call(START, "rita", RELEASE, { name, version })).toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it("waits for processes of the name that it was registered for", async () => {
    const name = await registered({ orchestrator: "elsewhere" });
    const { run } = await call(START, "program", PROGRAM, { name, input: { version: "1" } });
    const { rows } = await pool().query("select orchestrator, status from workflow_runs where id = $1", [
      run.id.slice(4),
    ]);
    expect(rows).toEqual([{ orchestrator: "elsewhere", status: "RUNNING" }]);
  });

  it("approves a gate by conditions on its input, and creates a request if they do not hold", async () => {
    const id = nameOf();
    const conditions = [{ field: "input.risk", operator: "<", value: 3 }];
    const approval = gate("approval", [], { approvalType: "conditional", autoApproveConditions: conditions });
    const { name } = await orchestrator.registerWorkflow({ id, jobs: [approval] });
    const low = await orchestrator.startWorkflow(name, { executionId: "low", input: { risk: 1 } });
    expect((await low.result()).jobs.approval?.output).toMatchObject({ status: "APPROVED", decisionSource: "AUTO" });
    for (const input of [{ risk: 3 }, { risk: "1" }, {}]) {
      const executionId = randomUUID();
      await orchestrator.startWorkflow(name, { executionId, input });
      const requestId = await notedRequest(pool(), executionId, "approval");
      const { body } = await (await rest("bob")).get(`/approvals/${requestId}`);
      expect(body.status).toBe("PENDING");
    }
  });

  it("shows which handler it waits for, if no process has it", async () => {
    const name = nameOf();
    const definition = { id: name, jobs: [{ id: "build", type: "none" }] };
    await call(REGISTER, "program", PROGRAM, { definition });
    const { run } = await call(START, "program", PROGRAM, { name });
    const waitingFor = async () => (await jobsOf(pool(), run.executionId)).build?.waiting_for;
    await expect.poll(waitingFor, { timeout: 60_000 }).toBe("HANDLER");
  });

  it("is started by an orchestrator by name too", async () => {
    const { name } = await orchestrator.registerWorkflow(documentOf(nameOf()), { inputSchema: SCHEMA });
    const run = await orchestrator.startWorkflow(name, { executionId: "1", input: { version: "5" } });
    expect(await run.result()).toMatchObject({
      status: "SUCCEEDED",
      jobs: { echo: { output: { input: { version: "5" } } } },
    });
    await expect(orchestrator.startWorkflow(name, { executionId: "2" })).rejects.toMatchObject({
      issues: [{ path: "input.version" }],
    });
    const plain = await orchestrator.start(documentOf(nameOf()), { executionId: "1", input: { free: true } });
    expect((await plain.result()).jobs.echo?.output).toEqual({ input: { free: true } });
  });

  it("is registered, listed and started by the command, which waits for its end", async () => {
    const name = nameOf();
    const tokenOf = async (userId: string, options: TokenOptions) => ({
      env: { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: await tokenFor(userId, options) },
    });
    const program = await tokenOf("program", PROGRAM);
    const register = [
      "workflows",
      "register",
      "--definition",
      JSON.stringify(documentOf(name)),
      "--start-role",
      "release",
    ];
    const first = await runCommand([...register, "--input-schema", JSON.stringify(SCHEMA)], program);
    expect(first).toMatchObject({ code: 0, stdout: `${name} 1\n` });
    const faulty = await runCommand([...register, "--input-schema", '{"type":"string"}'], program);
    expect(faulty).toMatchObject({ code: 4, stderr: expect.stringContaining("--input-schema") });
    const rita = await tokenOf("rita", { roles: ["release"] });
    expect((await runCommand(["workflows", "list"], rita)).stdout).toMatch(new RegExp(`^${name} +1 `, "m"));
    expect(JSON.parse((await runCommand(["workflows", "show", name], program)).stdout)).toMatchObject({
      name,
      version: 1,
      inputSchema: SCHEMA,
      definition: { id: name },
    });
    const started = await runCommand(["runs", "start", name, "--input", '{"version":"6"}', "--wait"], rita);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringMatching(/SUCCEEDED: 1 of 1 jobs succeeded\n/) });
    const again = ["runs", "start", name, "--execution-id", "x", "--input", '{"version":"6"}', "--json"];
    const [one, two] = [await runCommand(again, rita), await runCommand(again, rita)];
    expect(JSON.parse(one.stdout).id).toBe(JSON.parse(two.stdout).id);
    const refused = await runCommand(["runs", "start", name, "--input", '{"version":7}'], rita);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("--input must be string, not 7") });
    expect(await runCommand(["runs", "start", "none"], rita)).toMatchObject({ code: 4 });
  });
});
