/** Tests `countersign runs log`: the log lines of a run's jobs, stored ones and new ones with --follow. */

import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CLI, runCommand, startCommand } from "../support/cli/process.ts";
import { insertLog, insertRun, moveJob } from "../support/orchestrator/runs.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await startServer();
  const token = await tokenFor("olga", { scope: "approvals:read" });
  env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: token };
});
afterAll(() => server.stop());

const log = (...args: string[]) => runCommand(["runs", "log", ...args], { env });
const linesOf = (text: string) => text.trimEnd().split("\n");

it("countersign runs log prints all lines of one job or of all jobs, for people and as JSON", async () => {
  const { pool } = server.database;
  const run = await insertRun(pool);
  const lines = Array.from({ length: 120 }, (_, n) => ["info", `line ${n + 1}`, { n }] as const);
  await insertLog(pool, run.id, "build", lines);
  await insertLog(pool, run.id, "deploy", [["warn", "two\nlines"]]);

  const one = await log(run.id, "build");
  expect(one).toMatchObject({ code: 0, stderr: "" });
  expect(linesOf(one.stdout)).toHaveLength(120);
  expect(linesOf(one.stdout)[2]).toMatch(/^\d{4}-.*Z INFO line 3 {"n":2}$/);
  const all = linesOf((await log(run.id)).stdout);
  expect(all).toHaveLength(121);
  expect(all[0]).toMatch(/ INFO build: line 1 /);
  expect(all.at(-1)).toMatch(/ WARN deploy: two lines$/);
  const [json] = linesOf((await log(`run_${run.id}`, "deploy", "--json")).stdout).map((line) => JSON.parse(line));
  expect(json).toMatchObject({ jobId: "deploy", line: 1, level: "WARN", message: "two\nlines", fields: null });
});

it("countersign runs log --follow prints each line once, as it is logged, until the job has ended", async () => {
  const { pool } = server.database;
  const run = await insertRun(pool);
  await moveJob(pool, run.id, "deploy", "RUNNING");
  await insertLog(pool, run.id, "deploy", [["info", "first"]]);
  const following = startCommand(["runs", "log", run.id, "deploy", "--follow"], { env });
  await following.stdoutShows("INFO first");
  await insertLog(pool, run.id, "deploy", [["error", "second"]]);
  await following.stdoutShows("ERROR second");
  await moveJob(pool, run.id, "deploy", "SUCCEEDED");
  const { code, stdout } = await following.ended;
  expect(code).toBe(0);
  expect(linesOf(stdout).map((line) => line.split(" ").slice(1).join(" "))).toEqual(["INFO first", "ERROR second"]);
});

it("countersign runs log --follow ends with the program that reads its output", async () => {
  const { pool } = server.database;
  const run = await insertRun(pool);
  await moveJob(pool, run.id, "deploy", "RUNNING");
  await insertLog(pool, run.id, "deploy", [["info", "first"]]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
  const script = '"$NODE" "$CLI" runs log "$RUN" deploy --follow | head -n 1; echo "exit ${PIPESTATUS[0]}"';
  const shell = spawn("bash", ["--norc", "-c", script], {
    env: { ...env, PATH: process.env.PATH, NODE: process.execPath, CLI, RUN: run.id },
  });
  let printed = "";
  shell.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  await expect.poll(() => printed, { timeout: 30_000 }).toMatch(/INFO first\n/);
  // The command learns that nobody reads when it prints another line.
  const next = async () => {
    await insertLog(pool, run.id, "deploy", [["info", "another"]]);
    return printed;
  };
  await expect.poll(next, { timeout: 30_000 }).toMatch(/exit 0\n$/);
});

it("countersign runs log names an unknown run or job, and arguments that it does not take", async () => {
  const { id } = await insertRun(server.database.pool);
  const unknown = "019ca8d2-5c1e-7d3a-9b60-2f4e8a7c1d05";
  for (const [args, said] of [
    [[unknown], `ID is "${unknown}"; there is no such run`],
    [[id, "nothing"], `JOB is "nothing"; there is no such job`],
    [[id, ""], "JOB is"],
    [[id, "build", "more"], 'unknown: "more"'],
    [[], "ID is not given"],
  ] as const) {
    const { code, stderr } = await log(...args);
    expect(stderr, args.join(" ")).toContain(said);
    expect(code).toBe(4);
  }
});
