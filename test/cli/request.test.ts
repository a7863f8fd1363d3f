/** Tests `countersign request`: its options, its ids, and its error messages. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idsOf } from "../../src/cli/ids.ts";
import { type CommandOptions, runCommand } from "../support/cli/process.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let token: string;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  token = await tokenFor("deployer", { scope: "approvals:request" });
  folder = mkdtempSync(join(tmpdir(), "countersign-command-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
});

const request = (args: string[], { env, ...options }: CommandOptions = {}) =>
  runCommand(["request", "--title", "Deploy?", ...args], {
    env: { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: token, ...env },
    ...options,
  });
const stored = async (id: string) => (await restClient(server, token).get(`/approvals/${id.trim()}`)).body;

it("countersign request creates the request that its options describe, and prints only the id", async () => {
  const { code, stdout, stderr } = await request([
    ...["--description", "All of it", "--context", '{"size":42}', "--metadata", '{"risk":"low"}'],
    ...["--notify", "bob", "--notify", "cleo", "--allow", "bob", "--allow=dora", "--min-approvers", "2"],
    ...["--timeout", "1h30m", "--timeout-action", "escalate", "--escalate-to", "erik", "--remind-before", "10m"],
    ...["--channel", "in-app", "--channel", "EMAIL", "--callback-url", "https://ci.example.com/hook"],
    ...["--self-approval", "--requested-by", "alice", "--workflow", "web", "--job", "gate", "--execution", "7"],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Asked: Deploy\?/) });
  expect(stdout).toMatch(/^[\w-]{36}\n$/);
  expect(await stored(stdout)).toMatchObject({
    title: "Deploy?",
    description: "All of it",
    context: { size: 42 },
    metadata: { risk: "low" },
    notifyUsers: ["bob", "cleo"],
    allowedApprovers: ["bob", "dora"],
    requireMinApprovers: 2,
    timeoutMs: 5_400_000,
    timeoutAction: "ESCALATE",
    escalateToUsers: ["erik"],
    notifyChannels: ["IN_APP", "EMAIL"],
    requestedBy: "alice",
    workflowId: "web",
    jobId: "gate",
    executionId: "7",
  });
});

it("countersign request notifies the holders of a role and everyone who is named", async () => {
  const roles = await stored((await request(["--role", "dba", "--min-approvers", "2"])).stdout);
  expect(roles).toMatchObject({ notifyRoles: ["dba"], approvalsRequired: 2 });
  const everyone = await stored((await request(["--notify", "bob", "--notify", "cleo", "--require-all"])).stdout);
  expect(everyone).toMatchObject({ requireAllApprovers: true, approvalsRequired: 2 });
});

it("countersign request reads a context from a file, with or without a byte order mark, and from standard input", async () => {
  writeFileSync(join(folder, "build.json"), '\uFEFF{"from":"a file"}');
  const file = await request(["--notify", "bob", "--context", "@build.json"], { cwd: folder });
  expect(await stored(file.stdout)).toMatchObject({ context: { from: "a file" } });
  const input = await request(["--notify", "bob", "--context", "-"], { input: '{"from":"a pipe"}' });
  expect(await stored(input.stdout)).toMatchObject({ context: { from: "a pipe" } });
});

it.each<[string, Uint8Array]>([
  ["Latin-1", Buffer.from('{"from":"caf\u00e9"}', "latin1")],
  ["UTF-16", Buffer.from('\uFEFF{"from":"cafe"}', "utf16le")],
  ["half of a character", Buffer.concat([Buffer.from('{"from":"caf'), Buffer.of(0xc3), Buffer.from('"}')])],
  [
    "half of a surrogate pair",
    Buffer.concat([Buffer.from('{"from":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
  ],
])("countersign request refuses a file and a standard input that are not UTF-8: %s", async (_, bytes) => {
  writeFileSync(join(folder, "odd.json"), bytes);
  const allowed = "it may be a JSON object, @FILE, or - for standard input\n";
  const said = (held: string) => `countersign: --context is "${held}, which cannot be read (not UTF-8)"; ${allowed}`;
  const file = await request(["--notify", "bob", "--context", "@odd.json"], { cwd: folder });
  expect(file).toEqual({ code: 4, stdout: "", stderr: said("@odd.json") });
  const input = await request(["--notify", "bob", "--context", "-"], { input: bytes });
  expect(input).toEqual({ code: 4, stdout: "", stderr: said("-") });
});

it("countersign request accepts the URL of the server or of its GraphQL endpoint, and reads a token from a file", async () => {
  writeFileSync(join(folder, "token"), `${token}\n`);
  const env = { COUNTERSIGN_TOKEN: "", COUNTERSIGN_URL: "http://127.0.0.1:1" };
  for (const url of [server.url, `${server.url}/`, `${server.url}/graphql`]) {
    const options = ["--notify", "bob", "--url", url, "--token", "@token"];
    expect(await request(options, { env, cwd: folder })).toMatchObject({ code: 0 });
  }
});

describe("the ids of countersign request", () => {
  const github = {
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "acme/web",
    GITHUB_WORKFLOW: "Release",
    GITHUB_JOB: "gate",
    GITHUB_RUN_ID: "1234",
  };

  it("are those of the run in a CI system, so that a repeated run finds its request and creates no other", async () => {
    const first = await request(["--notify", "bob", "--json"], { env: github });
    const again = await request(["--notify", "bob", "--json"], { env: github });
    const asked = { workflowId: "acme/web/Release", jobId: "gate", executionId: "1234" };
    expect(JSON.parse(first.stdout)).toMatchObject({ ...asked, created: true });
    expect(JSON.parse(again.stdout)).toMatchObject({ id: JSON.parse(first.stdout).id, created: false });
    expect(again.stderr).toMatch(/^Already asked: Deploy\?/);
    const other = await request(["--notify", "cleo"], { env: github });
    expect(other).toMatchObject({ code: 4, stdout: "" });
    expect(other.stderr).toMatch(
      /CONFLICT.*workflow acme\/web\/Release, job gate, execution 1234; use a new --execution/,
    );
    expect(await request(["--notify", "cleo", "--execution", "1235"], { env: github })).toMatchObject({ code: 0 });
  });

  it("are new for each call in a shell", async () => {
    const [one, two] = [await request(["--notify", "bob"]), await request(["--notify", "bob"])];
    expect(one.stdout).not.toBe(two.stdout);
    expect(await stored(one.stdout)).toMatchObject({ workflowId: "shell", jobId: "approval" });
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      "GitLab CI",
      { GITLAB_CI: "true", CI_PROJECT_PATH: "a/b", CI_JOB_NAME: "j", CI_PIPELINE_ID: "9" },
      ["a/b", "j", "9"],
    ],
    [
      "CircleCI",
      {
        CIRCLECI: "true",
        CIRCLE_PROJECT_USERNAME: "a",
        CIRCLE_PROJECT_REPONAME: "b",
        CIRCLE_JOB: "j",
        CIRCLE_WORKFLOW_ID: "w",
      },
      ["a/b", "j", "w"],
    ],
    [
      "Buildkite",
      {
        BUILDKITE: "true",
        BUILDKITE_ORGANIZATION_SLUG: "a",
        BUILDKITE_PIPELINE_SLUG: "b",
        BUILDKITE_STEP_KEY: "",
        BUILDKITE_BUILD_ID: "x",
      },
      ["a/b", "approval", "x"],
    ],
    [
      "Azure Pipelines",
      { TF_BUILD: "True", SYSTEM_TEAMPROJECT: "a", BUILD_DEFINITIONNAME: "b", SYSTEM_JOBNAME: "j", BUILD_BUILDID: "4" },
      ["a/b", "j", "4"],
    ],
    ["Jenkins", { JENKINS_URL: "http://j", JOB_NAME: "a", BUILD_NUMBER: "3" }, ["a", "approval", "3"]],
  ])("are those of %s", (system, env, [workflowId, jobId, executionId]) => {
    expect(idsOf({}, env)).toEqual({ system, workflowId, jobId, executionId });
    expect(idsOf({ jobId: "mine" }, env)).toMatchObject({ jobId: "mine", executionId });
  });
});

it.each<[string[], string]>([
  [["--notify"], "--notify has no value; it takes USER"],
  [["--notify", "--wait"], '--notify is followed by "--wait"; to use that as its value, write --notify=…'],
  [["--titel=x"], "--titel is not an option of request; did you mean --title? See countersign request --help"],
  [["--title", "again"], "--title is given twice; it may be given once"],
  [["--wait=yes"], '--wait is "yes"; it takes no value'],
  [["bob"], 'unknown: "bob"; see countersign request --help'],
  [["--timeout", "5"], '--timeout is "5"; it may be a duration such as 90s, 30m, 2h, 3d or 1h30m, up to 10 years'],
  [
    ["--timeout", "600w"],
    '--timeout is "600w"; it may be a duration such as 90s, 30m, 2h, 3d or 1h30m, up to 10 years',
  ],
  [["--timeout-action", "nod"], '--timeout-action is "nod"; it may be approve, reject or escalate'],
  [["--channel", "fax"], '--channel is "fax"; it may be in-app, email, slack or webhook'],
  [["--min-approvers", "0"], '--min-approvers is "0"; it may be a whole number from 1 to 1000'],
  [["--context", "[1]"], '--context is "[1]"; it may be a JSON object, @FILE, or - for standard input'],
  [["--context", "@none"], '--context is "@none, which cannot be read (ENOENT)"; it may be a JSON object, @FILE'],
  [["--context", "-"], '--context is "-, which holds nothing"; it may be a JSON object'],
  [["--context", '{"a":12345678901234567890}'], "--context.a 12345678901234567890 is not exact"],
  [["--context", "-", "--metadata", "-"], '--metadata is "-"; --context reads standard input already'],
  [["--callback-url", "ftp://x"], '--callback-url must be an http or https URL, not "ftp://x"'],
  [["--url", "localhost:4000"], '--url is "localhost:4000"; it may be the http(s) URL of a server'],
  [["--token", "@/none"], '--token is "@/none", which cannot be read (ENOENT); it may be a token or @FILE'],
])("countersign request names each fault in one line: %j", async (args, message) => {
  const { code, stdout, stderr } = await request(["--notify=bob", ...args]);
  expect(stderr.startsWith(`countersign: ${message}`), stderr).toBe(true);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
});

it("countersign request reports which option names the approvers if none are named", async () => {
  const message = "countersign: no approvers are given; use at least one of --notify, --role and --allow\n";
  expect(await request([])).toEqual({ code: 4, stdout: "", stderr: message });
});

it("countersign request never prints a token, even if it was passed in the wrong place", async () => {
  for (const args of [[token], [`--${token}`], ["--timeout", token], ["--url", token], ["--url", `http://${token}`]]) {
    const { code, stdout, stderr } = await request(["--notify", "bob", "--connect-timeout", "1s", ...args]);
    expect(code).toBe(4);
    expect(stdout + stderr).not.toContain(token.slice(0, 20));
  }
});
