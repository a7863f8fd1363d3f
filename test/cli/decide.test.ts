/** Tests `countersign list`, `approve` and `reject`: the commands of people who decide in a shell. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/cli/process.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  server = await startServer();
  for (const user of ["alice", "bob", "cleo", "idle"]) tokens[user] = await tokenFor(user);
});
afterAll(() => server.stop());

const run = (user: string, ...args: string[]) =>
  runCommand(args, { env: { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: tokens[user] as string } });
const listed = async (user: string, ...args: string[]): Promise<Data[]> =>
  JSON.parse((await run(user, "list", "--json", ...args)).stdout);
const ask = (more: object = {}) => server.ask(tokens.alice as string, more);

describe("countersign approve and countersign reject", () => {
  it("print the request that is decided, and its status", async () => {
    const id = await ask({
      title: "Deploy 1.4.0?",
      description: "To both regions",
      context: { build: { size: 42 } },
      notifyUsers: ["bob", "cleo"],
      requireMinApprovers: 2,
      metadata: { risk: "high" },
      executionId: "7",
    });
    const first = await run("bob", "approve", id, "--comment", "Fine", "--reason", "tested");
    expect(first.stderr.split("\n").slice(0, 4)).toEqual([
      "Deploy 1.4.0?",
      "asked by alice for workflow release, job approval, execution 7",
      "risk: high",
      "To both regions",
    ]);
    expect(first.stderr).toContain('    "size": 42\n');
    expect(first.stdout).toMatch(/^Waiting for a decision: 1 of 2 approvals, 59 minutes .* left\.\n$/);
    expect(await run("bob", "approve", id)).toMatchObject({ code: 0 });
    const last = await run("cleo", "reject", id, "--comment", "No", "--json", "--quiet");
    expect({ ...last, stdout: JSON.parse(last.stdout) }).toMatchObject({
      code: 0,
      stderr: "",
      stdout: { id, status: "REJECTED", decidedBy: "cleo", comment: "No", approvers: ["bob"] },
    });
  });

  it("print all of a long description and a long context, because all of it is decided", async () => {
    const steps = Array.from({ length: 150 }, (_, index) => `step ${index}`);
    const text = `${"words ".repeat(1_000)}the end`;
    const id = await ask({ title: "Long", description: `${text}\nrisk: none`, context: { steps, text } });
    const { code, stderr } = await run("bob", "approve", id);
    expect(code).toBe(0);
    const lines = stderr.split("\n");
    expect(lines).toContain(`${text} risk: none`);
    for (const step of steps) expect(lines).toContain(`    "${step}"${step === "step 149" ? "" : ","}`);
    expect(lines).toContain(`  "text": "${text}"`);
  });

  it("are refused if the user may not decide, if it is too late, and if the content has changed", async () => {
    const id = await ask();
    expect((await run("idle", "approve", id)).stderr).toMatch(/^countersign: ID is .*no such request/);
    expect((await run("alice", "approve", id)).stderr).toMatch(/\(FORBIDDEN\)\n$/);
    const stale = await run("bob", "approve", id, "--digest", "0".repeat(64), "--quiet");
    expect(stale).toMatchObject({ code: 4, stdout: "", stderr: expect.stringMatching(/\(STALE_CONTEXT\)\n$/) });
    const [{ contextDigest }] = (await listed("bob")).filter((request) => request.id === id) as [Data];
    expect(await run("bob", "approve", id, "--digest", contextDigest)).toMatchObject({ code: 0 });
    expect(await run("bob", "reject", id)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/is already APPROVED\. \(ALREADY_DECIDED\)\n$/),
    });
  });
});

describe("countersign list", () => {
  it("prints the pending requests as an aligned table, the next to expire first", async () => {
    await ask({ notifyUsers: ["dora"], title: "後で 🚀", timeoutMs: 7_200_000, requireMinApprovers: 1 });
    await ask({ notifyUsers: ["dora"], title: "A longer title than the other", timeoutMs: 3_600_000 });
    tokens.dora = await tokenFor("dora");
    const { code, stdout, stderr } = await run("dora", "list");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [heading = "", soon = "", late = ""] = stdout.split("\n");
    expect(heading).toMatch(/^ID +TITLE +REQUESTED BY +STATUS +APPROVALS +TIME LEFT +WORKFLOW$/);
    expect(soon).toMatch(/^[\w-]{36} {2}A longer title than the other {2}alice {9}PENDING {2}0 of 1 {5}59m \d+s/);
    // Three of the four characters are as wide as two.
    expect(late).toMatch(/ {2}後で 🚀 {24}alice {9}PENDING/);
    expect(stdout.split("\n")).toHaveLength(4);
  });

  it("prints a sentence if nothing is pending, and an empty array as JSON", async () => {
    expect(await run("idle", "list")).toEqual({ code: 0, stdout: "", stderr: "No pending requests.\n" });
    expect(await listed("idle")).toEqual([]);
  });

  it("prints the user's own requests by status and workflow, newest first", async () => {
    tokens.frida = await tokenFor("frida");
    const asked: string[] = [];
    for (const workflowId of ["one", "two", "two"]) asked.push(await server.ask(tokens.frida, { workflowId }));
    await run("bob", "reject", asked[1] as string);
    const ids = async (...args: string[]) => (await listed("frida", ...args)).map(({ id }) => asked.indexOf(id));
    expect(await ids("--mine")).toEqual([2, 1, 0]);
    expect(await ids("--workflow", "two")).toEqual([2, 1]);
    expect(await ids("--status", "rejected")).toEqual([1]);
    expect(await ids("--status", "Rejected", "--status", "pending", "--workflow", "one", "--mine")).toEqual([0]);
    const short = await run("frida", "list", "--mine", "--limit", "2");
    expect(short.stdout.split("\n")).toHaveLength(4);
    expect(short.stderr).toMatch(/^There are more/);
  });

  it("loads more than the first hundred requests", async () => {
    tokens.many = await tokenFor("many");
    await Promise.all(Array.from({ length: 105 }, () => ask({ notifyUsers: ["many"] })));
    const found = await listed("many", "--limit", "1000");
    expect(new Set(found.map(({ id }) => id)).size).toBe(105);
    expect(await listed("many", "--limit", "103")).toHaveLength(103);
  });

  it("escapes control characters instead of sending them to the terminal", async () => {
    tokens.gus = await tokenFor("gus");
    const title = "a\u001b[2Jb\u009b1mc\u202ed\ne\u200bf";
    const id = await ask({
      notifyUsers: ["gus"],
      title,
      description: "\u001b]0;x\u0007",
      context: { "\u009b": "\u202e", note: "in\u200bvisible \u{e0041}" },
    });
    const json = await run("gus", "list", "--json");
    const shown = [
      json,
      await run("gus", "list"),
      await run("gus", "approve", id),
      await run("alice", "wait", id),
      await run("alice", "wait", id, "--json"),
      await run("gus", "approve", id, "--json"),
    ];
    for (const { stdout, stderr } of shown) {
      const obeyed = ["\u001b", "\u0007", "\u009b", "\u202e", "\u200b", "\u{e0041}"].filter((char) =>
        (stdout + stderr).includes(char),
      );
      expect(obeyed).toEqual([]);
    }
    expect(shown[1]?.stdout).toContain("a\\u{1b}[2Jb\\u{9b}1mc\\u{202e}d e\\u{200b}f");
    // JSON has its own escapes with the same meaning.
    expect(json.stdout).toContain("a\\u001b[2Jb\\u009b1mc\\u202ed\\ne\\u200bf");
    expect(JSON.parse(json.stdout)[0]).toMatchObject({ title, context: { note: "in\u200bvisible \u{e0041}" } });
  });
});
