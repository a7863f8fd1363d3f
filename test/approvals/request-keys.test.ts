/** A request's key belongs to its creator: nobody can use another's key, and a repeat is answered before any rule. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { requestsOver } from "../../src/restate/requests.ts";
import { operation } from "../support/graphql/contract.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { jobOf, requestIdOf } from "../support/handler/jobs.ts";
import { gate, openRequest } from "../support/orchestrator/orchestrator.ts";
import { inputOf, type RestClient, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const PEOPLE = ["ann", "mallory", "root"] as const;
type Name = (typeof PEOPLE)[number];

let server: TestServer;
const tokens = {} as Record<Name | "orchestrator", string>;
const rest = {} as Record<Name, RestClient>;
beforeAll(async () => {
  server = await startServer();
  tokens.ann = await tokenFor("ann");
  tokens.mallory = await tokenFor("mallory");
  tokens.root = await tokenFor("root", { scope: "approvals:admin" });
  tokens.orchestrator = await tokenFor("orchestrator", { scope: "approvals:request" });
  for (const name of PEOPLE) rest[name] = restClient(server, tokens[name]);
});
afterAll(() => server.stop());

const create = async (token: string, input: object): Promise<Data> =>
  (await server.data(token, operation("Create"), { input })).createApprovalRequest;
const keyOf = ({ workflowId, jobId, executionId }: Data) => ({ workflowId, jobId, executionId });

describe("two creators with the same ids", () => {
  it("each have a request of their own, over GraphQL and REST, with the same content and with other content", async () => {
    const input = inputOf();
    const first = await create(tokens.mallory, input);
    const second = await create(tokens.ann, input);
    expect([first.created, second.created]).toEqual([true, true]);
    expect(second.request.id).not.toBe(first.request.id);
    const other = { ...input, title: "Something else?" };
    const third = await rest.root.post("/approvals", other);
    expect([third.status, third.body.createdBy]).toEqual([201, "root"]);
    expect((await rest.mallory.post("/approvals", input)).body.id).toBe(first.request.id);
    expect((await rest.ann.post("/approvals", other)).body.code).toBe("CONFLICT");
  });

  it("are both in a list by workflow, job and execution, which createdBy filters", async () => {
    const input = inputOf();
    const mine = (await create(tokens.ann, input)).request.id;
    const theirs = (await create(tokens.mallory, input)).request.id;
    const query = new URLSearchParams(keyOf(input));
    const ids = async (path: string) => (await rest.root.get(path)).body.items.map(({ id }: Data) => id);
    expect(await ids(`/approvals?${query}`)).toEqual([theirs, mine]);
    expect(await ids(`/approvals?${query}&createdBy=ann`)).toEqual([mine]);
    expect(await ids(`/approvals?${query}&createdBy=nobody`)).toEqual([]);
    const list = async (token: string, createdBy: string) => {
      const { approvalRequests } = await server.data(token, operation("Requests"), {
        filter: { ...keyOf(input), createdBy },
      });
      return approvalRequests.edges.map(({ node }: Data) => node.id);
    };
    expect(await list(tokens.root, "mallory")).toEqual([theirs]);
    // A filter shows nobody more than they may see.
    expect(await list(tokens.mallory, "ann")).toEqual([]);
  });

  it("are distinguished even with ids of the maximum length", async () => {
    const long = "🔑".repeat(200);
    const ids = { workflowId: long, jobId: long, executionId: `${"🔑".repeat(190)}${randomUUID().slice(0, 10)}` };
    const [ann, mallory] = [await tokenFor("🧑".repeat(200)), await tokenFor("👤".repeat(200))];
    const input = inputOf(ids);
    const first = await create(ann, input);
    const second = await create(mallory, input);
    expect([first.created, second.created, (await create(ann, input)).created]).toEqual([true, true, false]);
    expect((await create(ann, { ...input, title: "Other" })).code).toBe("CONFLICT");
  });

  it("do not collide if the name and id of one, joined, equal the other's", async () => {
    const executionId = randomUUID();
    const [one, other] = [await tokenFor("a"), await tokenFor('a","b')];
    expect((await create(one, inputOf({ workflowId: 'b","c', jobId: "d", executionId }))).created).toBe(true);
    expect((await create(other, inputOf({ workflowId: "c", jobId: "d", executionId }))).created).toBe(true);
  });
});

describe("a repeat", () => {
  it("returns its request even if the token has lost the scope that was needed to create it", async () => {
    const strong = await tokenFor("agent", { scope: "approvals:request" });
    const weak = await tokenFor("agent");
    for (const more of [
      { requestedBy: "ceo" },
      { allowSelfApproval: true, notifyUsers: ["agent"] },
      { timeoutAction: "APPROVE" },
      { approvalType: "AUTO" },
    ]) {
      const input = inputOf(more);
      const { request } = await create(strong, input);
      expect(await create(weak, input)).toMatchObject({ created: false, request: { id: request.id } });
      expect(await restClient(server, weak).post("/approvals", input)).toMatchObject({
        status: 200,
        body: { id: request.id },
      });
      // With other content, or by another creator, it is rejected.
      expect((await create(weak, { ...input, title: "Other" })).code).toBe("FORBIDDEN");
      expect((await create(tokens.mallory, input)).code).toBe("FORBIDDEN");
    }
  });

  it("returns its request even if its input would not be valid today", async () => {
    const input = inputOf();
    const { request } = await create(tokens.ann, input);
    // As if an earlier version had allowed what this one rejects.
    const refused = { ...inputOf(), notifyUsers: ["ann"] };
    const { inputDigestOf } = await import("../../src/model/json.ts");
    await server.database.pool.query("drop trigger approval_requests_frozen on approval_requests");
    await server.database.pool.query(
      "update approval_requests set execution_id = $2, input_digest = $3 where id = $1",
      [request.id, refused.executionId, inputDigestOf(refused)],
    );
    expect(await create(tokens.ann, refused)).toMatchObject({ created: false, request: { id: request.id } });
    expect(await create(tokens.ann, { ...refused, title: "Other" })).toMatchObject({ code: "VALIDATION" });
  });

  it("returns a final request, also after a timeout", async () => {
    for (const end of ["approve", "reject", "cancel"] as const) {
      const input = inputOf();
      const { request } = await create(tokens.ann, input);
      const by = end === "cancel" ? rest.ann : restClient(server, await tokenFor("bob"));
      const { body } = await by.post(`/approvals/${request.id}/${end}`);
      expect(await create(tokens.ann, input)).toMatchObject({
        created: false,
        request: { id: request.id, status: body.status },
      });
    }
  });

  it("with input that cannot be stored is rejected, and the process continues", async () => {
    const input = inputOf();
    await create(tokens.ann, input);
    const raw = (text: string) =>
      server.post(`{"query": ${JSON.stringify(operation("Create"))}, "variables": {"input": ${text}}}`, tokens.ann);
    for (const text of [
      JSON.stringify({ ...input, context: { deep: 1 } }).replace(
        '{"deep":1}',
        `{"x":${"[".repeat(90)}1e999${"]".repeat(90)}}`,
      ),
      JSON.stringify({ ...input, executionId: `${input.executionId}\0` }),
      JSON.stringify({ ...input, context: { id: 1 } }).replace('"id":1', '"id":12345678901234567890'),
      JSON.stringify({ ...input, results: { build: 1 } }).replace("build", "\\udfff"),
    ]) {
      const { data } = (await (await raw(text)).json()) as Data;
      expect(data.createApprovalRequest.code).toBe("VALIDATION");
    }
  });
});

describe.each<[string, () => ApprovalHandler]>([
  ["over a socket", () => new ApprovalHandler({ url: `${server.url}/graphql`, token: tokens.orchestrator })],
  [
    "on a manager",
    () => {
      const { manager, hub, loaders } = server.app.services;
      return new ApprovalHandler({ manager, hub, loaders, userId: "orchestrator" });
    },
  ],
])("the handler %s", (_name, make) => {
  it("creates, shows and cancels its own request if another creator has one with the same ids", async () => {
    const handler = make();
    const job = jobOf();
    // It names the orchestrator, so that the handler's token may see it.
    const stranger = await create(tokens.mallory, {
      ...inputOf({ notifyUsers: ["orchestrator", "bob"] }),
      workflowId: job.workflowId,
      jobId: job.jobId,
      executionId: job.executionId,
    });
    expect(await handler.getStatus(job.jobId, job.executionId)).toMatchObject({ status: "NOT_FOUND" });
    await expect(handler.cancel(job.jobId, job.executionId)).rejects.toMatchObject({ code: "NOT_FOUND" });

    const running = handler.execute(job);
    const id = await requestIdOf(handler, job);
    expect(id).not.toBe(stranger.request.id);
    expect(await handler.getStatus(job.jobId, job.executionId)).toMatchObject({ status: "PENDING", requestId: id });
    await handler.cancel(job.jobId, job.executionId, "enough");
    expect(await running).toMatchObject({ success: false, output: { requestId: id, status: "CANCELLED" } });
    expect((await rest.mallory.get(`/approvals/${stranger.request.id}`)).body.status).toBe("PENDING");
    await handler.close();
  });

  it("does not accept an approved request of another creator with the same content", async () => {
    const handler = make();
    const job = jobOf({ notifyUsers: ["bob", "mallory2"] });
    const mallory = await tokenFor("mallory");
    const { request } = await create(mallory, {
      workflowId: job.workflowId,
      jobId: job.jobId,
      executionId: job.executionId,
      ...(job.config as object),
    });
    await server.data(await tokenFor("mallory2"), operation("Approve"), { input: { requestId: request.id } });
    const running = handler.execute(job);
    const id = await requestIdOf(handler, job);
    expect(id).not.toBe(request.id);
    await server.data(await tokenFor("bob"), operation("Reject"), { input: { requestId: id } });
    expect(await running).toMatchObject({ success: false, output: { requestId: id, status: "REJECTED" } });
    await handler.close();
  });
});

describe("the orchestrator", () => {
  let orchestrator: Orchestrator;
  beforeAll(async () => {
    orchestrator = createOrchestrator({ databaseUrl: server.database.url, log: pino({ level: "silent" }) });
    orchestrator.registerHandler("approval", new ApprovalHandler(server.app.services));
    await orchestrator.launch();
  });
  afterAll(() => orchestrator.shutdown());

  it("passes a gate by its own request, even if another creator has used the same ids", async () => {
    for (const more of [{}, { title: "Another question?" }]) {
      const executionId = randomUUID();
      const taken = inputOf({
        workflowId: "release",
        jobId: "gate",
        executionId,
        ...(gate("gate", []).config as object),
        ...more,
      });
      const { request } = await create(tokens.mallory, taken);
      await server.data(await tokenFor("bob"), operation("Approve"), { input: { requestId: request.id } });
      const run = await orchestrator.start({ id: "release", jobs: [gate("gate", [])] }, { executionId });
      const id = await openRequest(server.database.pool, executionId, "gate");
      expect(id).not.toBe(request.id);
      await server.data(await tokenFor("bob"), operation("Reject"), { input: { requestId: id } });
      expect((await run.result()).jobs.gate).toMatchObject({ status: "FAILED" });
    }
  });
});

describe("the Restate adapter", () => {
  it("cancels only the request that its own token created", async () => {
    const key = keyOf(inputOf());
    const client = createClient({ url: `${server.url}/graphql`, token: tokens.root });
    const stranger = await create(tokens.ann, inputOf(key));
    const own = await create(tokens.root, inputOf(key));
    await requestsOver(client).cancel(key, "The invocation was cancelled.");
    expect((await rest.root.get(`/approvals/${own.request.id}`)).body.status).toBe("CANCELLED");
    expect((await rest.root.get(`/approvals/${stranger.request.id}`)).body.status).toBe("PENDING");
    await client.close();
  });
});
