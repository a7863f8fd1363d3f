/** The hosts that `callbackUrl` may have: parsing of CALLBACK_HOSTS, and checks on every way to create a request. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allowsHost, readCallbackHosts } from "../../src/config/callback-hosts.ts";
import { loadConfig } from "../../src/config/config.ts";
import { runCommand } from "../support/cli/process.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const mayGo = (held: string, address: string) => allowsHost(readCallbackHosts(held), new URL(address));

describe("CALLBACK_HOSTS", () => {
  it.each<[string, string]>([
    ["hooks.company.com", "https://hooks.company.com/x"],
    ["hooks.company.com", "https://HOOKS.Company.com/x"],
    ["hooks.company.com", "https://hooks.company.com./x"],
    ["hooks.company.com", "https://hooks.company.com:8443/x"],
    ["hooks.company.com", "http://user:pass@hooks.company.com/x"],
    ["Hooks.Company.COM.", "https://hooks.company.com/x"],
    ["a.example, hooks.company.com ,b.example", "https://hooks.company.com/x"],
    ["*.company.com", "https://hooks.company.com/x"],
    ["*.company.com", "https://a.b.company.com./x"],
    ["*.COMPANY.com.", "https://hooks.company.com/x"],
    ["bücher.example", "https://xn--bcher-kva.example/"],
    ["xn--bcher-kva.example", "https://BÜCHER.example/"],
    ["*.bücher.example", "https://a.bücher.example/"],
    ["127.0.0.1", "http://127.0.0.1:9000/"],
    ["127.0.0.1", "http://0x7f.1/"],
    ["::1", "http://[::1]:9000/"],
    ["[2001:DB8:0::1]", "http://[2001:db8::1]/"],
    ["localhost", "http://localhost:3000/"],
  ])("%s allows %s", (held, address) => {
    expect(mayGo(held, address)).toBe(true);
  });

  it.each<[string, string]>([
    ["hooks.company.com", "https://company.com/"],
    ["hooks.company.com", "https://a.hooks.company.com/"],
    ["hooks.company.com", "https://hooks.company.com.evil.example/"],
    ["hooks.company.com", "https://hooks.company.com@evil.example/"],
    ["hooks.company.com", "https://evil.example/hooks.company.com"],
    ["hooks.company.com", "https://evil.example\\@hooks.company.com/"],
    ["hooks.company.com", "https://evil.example#@hooks.company.com/"],
    ["*.company.com", "https://company.com/"],
    ["*.company.com", "https://.company.com/"],
    ["*.company.com", "https://evilcompany.com/"],
    ["*.company.com", "https://hooks.company.com.evil.example/"],
    ["company.com", "https://evilcompany.com/"],
    ["127.0.0.1", "http://127.0.0.2/"],
    ["127.0.0.1", "http://[::ffff:127.0.0.1]/"],
    ["::1", "http://[::2]/"],
    ["hooks.company.com", "https://hооks.company.com/"],
  ])("%s does not allow %s", (held, address) => {
    expect(mayGo(held, address)).toBe(false);
  });

  it.each([
    ",",
    "a.example,",
    "https://hooks.company.com",
    "hooks.company.com/path",
    "hooks.company.com:443",
    "[::1]:443",
    "user@hooks.company.com",
    "*",
    "*.",
    "*.*.company.com",
    "a.*.company.com",
    "hooks*.company.com",
    "*.127.0.0.1",
    "*.0.0.1",
    "*.[::1]",
    "a.example b.example",
    "a.example;b.example",
    "exa mple",
    ".",
  ])("may not contain %j, which the start reports in one line", (held) => {
    const start = () => loadConfig({ CALLBACK_HOSTS: held });
    expect(start).toThrow(/^CALLBACK_HOSTS is .+; it must be hosts separated by commas, [^\n]+$/);
    if (!held.includes("@")) expect(start).toThrow(JSON.stringify(held));
  });

  it("is not set if it is empty", () => {
    expect(loadConfig({ CALLBACK_HOSTS: " " }).webhook.callbackHosts).toBeNull();
    expect(loadConfig({ CALLBACK_HOSTS: "B.example,*.a.example" }).webhook.callbackHosts).toEqual([
      "b.example",
      "*.a.example",
    ]);
  });
});

const CREATE = `mutation ($input: CreateApprovalRequestInput!) {
  createApprovalRequest(input: $input) {
    ... on CreateApprovalRequestPayload { created request { id } }
    ... on ValidationError { code issues { path message } }
    ... on Error { code message }
  }
}`;
const inputOf = (callbackUrl: string | null, more: object = {}) => ({
  workflowId: "release",
  jobId: "approval",
  executionId: randomUUID(),
  title: "Release?",
  notifyUsers: ["bob"],
  callbackUrl,
  ...more,
});

/** The result of each way to create a request: a code, or `created`. */
async function answers(server: TestServer, token: string, callbackUrl: string | null) {
  const { createApprovalRequest } = await server.data(token, CREATE, { input: inputOf(callbackUrl) });
  const rest = await restClient(server, token).post("/approvals", inputOf(callbackUrl));
  const options = ["--title", "Release?", "--notify", "bob", "--execution", randomUUID(), "--json"];
  const given = callbackUrl === null ? [] : ["--callback-url", callbackUrl];
  const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: token };
  const { code, stderr } = await runCommand(["request", ...options, ...given], { env });
  return {
    graphql: createApprovalRequest.created ? "created" : createApprovalRequest.code,
    rest: rest.status === 201 ? "created" : rest.body.code,
    command: code === 0 ? "created" : /callback/i.test(stderr),
  };
}
const CREATED = { graphql: "created", rest: "created", command: "created" };

describe("a server with CALLBACK_HOSTS", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ CALLBACK_HOSTS: "hooks.company.com,*.flows.example" });
  });
  afterAll(() => server.stop());

  it("allows these hosts for everybody and no other host, whatever the scopes", async () => {
    for (const scope of [undefined, "approvals:request", "approvals:admin"]) {
      const token = await tokenFor("ann", { scope });
      expect(await answers(server, token, "https://a.flows.example/resume")).toEqual(CREATED);
      const refused = { graphql: "VALIDATION", rest: "VALIDATION", command: true };
      expect(await answers(server, token, "https://evil.example/resume")).toEqual(refused);
    }
  });

  it("names the field, its value and the allowed values", async () => {
    const input = inputOf("https://flows.example/resume");
    const { createApprovalRequest } = await server.data(await tokenFor("ann"), CREATE, { input });
    const message = 'leads to "flows.example"; CALLBACK_HOSTS allows hooks.company.com, *.flows.example';
    expect(createApprovalRequest.issues).toEqual([{ path: "callbackUrl", message }]);
  });

  it("reports all other issues at the same time", async () => {
    const input = inputOf("https://evil.example/", { title: "" });
    const { createApprovalRequest } = await server.data(await tokenFor("ann"), CREATE, { input });
    expect(createApprovalRequest.issues.map(({ path }: { path: string }) => path)).toEqual(["title", "callbackUrl"]);
  });
});

describe("a server without CALLBACK_HOSTS", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  it.each(["approvals:request", "approvals:admin"])("allows any host for a token with %s", async (scope) => {
    const token = await tokenFor("bot", { scope });
    expect(await answers(server, token, "https://anywhere.example/resume")).toEqual(CREATED);
  });

  it.each([undefined, "approvals:read"])("refuses a callback of a token with the scope %s", async (scope) => {
    const token = await tokenFor("ann", { scope });
    const refused = { graphql: "FORBIDDEN", rest: "FORBIDDEN", command: true };
    expect(await answers(server, token, "https://anywhere.example/resume")).toEqual(refused);
    expect(await answers(server, token, null)).toEqual(CREATED);
  });

  it("answers FORBIDDEN before it reports other issues", async () => {
    const input = inputOf("not an address", { title: "" });
    const { createApprovalRequest } = await server.data(await tokenFor("ann"), CREATE, { input });
    expect(createApprovalRequest).toMatchObject({ code: "FORBIDDEN", message: /callbackUrl.*CALLBACK_HOSTS/ });
  });
});

describe("a request that was accepted before the rule for callback hosts", () => {
  it("is returned for its repeat under any later rule, and only for its own repeat", async () => {
    const server = await startServer();
    const bot = await tokenFor("ann", { scope: "approvals:request" });
    const ann = await tokenFor("ann");
    const input = inputOf("https://anywhere.example/resume");
    const ask = async (on: TestServer, token: string, asked: object) =>
      (await on.data(token, CREATE, { input: asked })).createApprovalRequest;
    const { request } = await ask(server, bot, input);
    try {
      expect(await ask(server, ann, input)).toEqual({ created: false, request });
      expect(await ask(server, ann, { ...input, title: "Another?" })).toMatchObject({ code: "FORBIDDEN" });
      expect(await ask(server, await tokenFor("eve"), input)).toMatchObject({ code: "FORBIDDEN" });
      const later = await startServer({ CALLBACK_HOSTS: "hooks.company.com", DATABASE_URL: server.database.url });
      try {
        expect(await ask(later, ann, input)).toEqual({ created: false, request });
        expect(await ask(later, ann, { ...input, executionId: "other" })).toMatchObject({ code: "VALIDATION" });
      } finally {
        await later.stop();
      }
    } finally {
      await server.stop();
    }
  });
});
