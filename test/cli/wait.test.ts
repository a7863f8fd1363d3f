/** Tests waits of the command `countersign`: their exit codes and their output. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand, startCommand } from "../support/cli/process.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  server = await startServer();
  for (const user of ["alice", "bob", "cleo"]) tokens[user] = await tokenFor(user);
});
afterAll(() => server.stop());

const as = (user: string) => ({
  env: { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: tokens[user] as string },
});
const ask = (...more: string[]) => ["request", "--title", "Deploy?", "--notify", "bob", "--wait", ...more];

/** Creates a request as alice and waits; resolves once the command waits. */
async function waiting(...more: string[]) {
  const command = startCommand(ask(...more), as("alice"));
  await command.stderrShows("Waiting for a decision");
  const [newest] = JSON.parse((await runCommand(["list", "--mine", "--json", "--limit", "1"], as("alice"))).stdout);
  return { ...command, id: newest.id as string };
}

describe("countersign wait exits with", () => {
  it("0 when the request is approved, and prints who approved and how many approvals are missing", async () => {
    const command = await waiting("--notify", "cleo", "--min-approvers", "2");
    await runCommand(["approve", command.id], as("cleo"));
    await command.stderrShows(/^cleo approved\. Waiting for a decision: 1 of 2 approvals, 59 minutes/m);
    await runCommand(["approve", command.id, "--comment", "Go ahead."], as("bob"));
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Approved by bob: Go ahead.\n" });
    expect(stderr).toMatch(
      /^Asked: Deploy\? \(http.*\nWorkflow shell, job approval, execution .*\nWaiting for .* 0 of 2/,
    );
  });

  it("1 when the request is rejected", async () => {
    const command = await waiting();
    await runCommand(["reject", command.id, "--comment", "Not today"], as("bob"));
    expect(await command.ended).toMatchObject({ code: 1, stdout: "Rejected by bob: Not today.\n" });
  });

  it("2 when the request expires, also after an escalation", async () => {
    const timeout = ["--timeout", "1s", "--timeout-action", "escalate", "--escalate-to", "cleo"];
    const { code, stdout, stderr } = await runCommand(ask(...timeout), as("alice"));
    expect({ code, stdout }).toEqual({ code: 2, stdout: expect.stringMatching(/^Nobody decided in time: .*\n$/) });
    expect(stderr).toContain("Escalated, waiting for a decision: 0 of 1 approvals");
  });

  it("3 when the request is cancelled", async () => {
    const command = await waiting();
    await restClient(server, tokens.alice as string).post(`/approvals/${command.id}/cancel`, { reason: "obsolete" });
    expect(await command.ended).toMatchObject({ code: 3, stdout: "Cancelled by alice: obsolete.\n" });
  });

  it.each<[string, string[], object, RegExp]>([
    ["an unknown id", ["wait", "019ca8d2-5c1e-7d3a-9b60-2f4e8a7c1d05"], {}, /^countersign: ID is "019ca8d2.*no such/],
    ["no id", ["wait"], {}, /ID is not given/],
    ["an unknown option", ["wait", "x", "--forever"], {}, /--forever is not an option of wait; see countersign wait/],
    ["an unknown command", ["wiat", "x"], {}, /unknown command: wiat; did you mean wait\? See countersign --help/],
    ["a right that the token lacks", ask("--self-approval"), {}, /--self-approval.*FORBIDDEN/],
    ["a policy that nobody could satisfy", ask("--min-approvers", "3"), {}, /--min-approvers is 3, but --notify names/],
    ["no server", ask("--url", "http://127.0.0.1:1", "--connect-timeout", "200ms"), {}, /could not be reached within/],
    ["another server", ask("--url", "http://127.0.0.1:0/nowhere", "--connect-timeout", "200ms"), {}, /nowhere/],
    ["an invalid token", ask(), { COUNTERSIGN_TOKEN: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc" }, /token/],
    ["no token", ask(), { COUNTERSIGN_TOKEN: "" }, /--token is not given; it may be .* COUNTERSIGN_TOKEN/],
    ["no address", ask(), { COUNTERSIGN_URL: "" }, /--url is not given; it may be .* COUNTERSIGN_URL/],
  ])("4 when the command fails: %s", async (_what, args, env, message) => {
    const { code, stdout, stderr } = await runCommand(args, { env: { ...as("alice").env, ...env } });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).not.toContain("eyJ");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  });
});

describe("countersign wait --decision-source approver", () => {
  const demand = ["--decision-source", "approver"];
  const orchestrator = async () => ({
    env: {
      COUNTERSIGN_URL: server.url,
      COUNTERSIGN_TOKEN: await tokenFor("orchestrator", { scope: "approvals:request" }),
    },
  });

  it("exits with 0 if people approved, and with the usual code if they did not", async () => {
    const approved = await waiting(...demand);
    await runCommand(["approve", approved.id], as("bob"));
    expect(await approved.ended).toMatchObject({ code: 0, stdout: "Approved by bob.\n" });
    expect(await runCommand(["wait", approved.id, ...demand, "--quiet"], as("alice"))).toMatchObject({
      code: 0,
      stderr: "",
    });
    const rejected = await waiting(...demand);
    await runCommand(["reject", rejected.id, "--comment", "no"], as("bob"));
    expect(await rejected.ended).toMatchObject({ code: 1 });
    expect(await runCommand(ask("--timeout", "100ms", ...demand), as("alice"))).toMatchObject({ code: 2 });
  });

  it("exits with 4 and names the source if the timeout or conditions approved", async () => {
    const timeout = ["--timeout", "100ms", "--timeout-action", "approve"];
    const late = await runCommand(ask(...timeout, ...demand, "--quiet"), await orchestrator());
    expect(late).toMatchObject({ code: 4, stdout: "Approved, because nobody had decided when it expired.\n" });
    expect(late.stderr).toMatch(
      /^countersign: The approval does not count: its decisionSource is TIMEOUT, and must be APPROVER\..*\n$/,
    );
    const { COUNTERSIGN_TOKEN } = (await orchestrator()).env;
    const id = await server.ask(COUNTERSIGN_TOKEN, { approvalType: "AUTO" });
    const auto = await runCommand(
      ["wait", id, "--json", "--quiet", "--decision-source=approver"],
      await orchestrator(),
    );
    expect(auto.code).toBe(4);
    expect(JSON.parse(auto.stdout)).toMatchObject({ id, status: "APPROVED", decisionSource: "AUTO" });
    expect(auto.stderr).toMatch(/its decisionSource is AUTO, and must be APPROVER/);
    expect(await runCommand(["wait", id, "--quiet"], await orchestrator())).toMatchObject({ code: 0, stderr: "" });
  });

  it.each([
    [["wait", "x", "--decision-source", "auto"], /--decision-source is "auto"; it may be approver/],
    [["request", "--title", "Deploy?", "--notify", "bob", ...demand], /--decision-source is given without --wait/],
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await runCommand(args, as("alice"));
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("prints how to wait again with the same option when it is interrupted", async () => {
    const command = await waiting(...demand);
    command.signal("SIGINT");
    const { stderr } = await command.ended;
    expect(stderr).toContain(`countersign wait ${command.id} --decision-source approver\n`);
  });
});

it("countersign wait answers at once for a final request, with --json as one JSON value", async () => {
  const id = await server.ask(tokens.alice as string);
  await runCommand(["approve", id], as("bob"));
  const { code, stdout, stderr } = await runCommand(["wait", id, "--json", "--quiet"], as("alice"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ id, status: "APPROVED", decidedBy: "bob", approvers: ["bob"] });
  expect(stdout.split("\n")).toHaveLength(2);
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "countersign wait leaves the request open at %s, and prints how to wait for it again",
  async (signal, exitCode) => {
    const command = await waiting();
    command.signal(signal);
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toMatch(new RegExp(`stays open, wait for it again with: countersign wait ${command.id}\\n$`));
    const again = startCommand(["wait", command.id], as("alice"));
    await again.stderrShows("Waiting for a decision");
    await runCommand(["approve", command.id], as("bob"));
    expect(await again.ended).toMatchObject({ code: 0, stdout: "Approved by bob.\n" });
  },
);
