import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

// What it measures depends on the machine, so nothing here looks at the figures.
test("the benchmark starts what it measures and prints a table with bars and verdicts", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["bench/run.ts", "--quick", "--only", "wake"], {
    timeout: 110_000,
  });
  expect(stdout).toMatch(/^what +figure +against +result +bar +verdict$/m);
  expect(stdout).toMatch(/^decision to waiter, p50, 1,000 open waits .*≤ 4 × +(met|MISSED)$/m);
}, 120_000);

test("the benchmark names its measurements when asked for help, and refuses others", async () => {
  const run = promisify(execFile);
  expect((await run(process.execPath, ["bench/run.ts", "--help"])).stdout).toContain("--only NAME");
  await expect(run(process.execPath, ["bench/run.ts", "--only", "nothing"])).rejects.toThrow("no measurement nothing");
});

test("the benchmark measures two checkouts in turn and prints the medians of both and their ratio", async () => {
  const compared = ["bench/run.ts", "--compare", ".", "--quick", "--rounds", "1", "--only", "batch"];
  const { stdout } = await promisify(execFile)(process.execPath, compared, { timeout: 110_000 });
  expect(stdout).toMatch(/^what +there +here +here \/ there +lowest and highest of a round$/m);
  expect(stdout).toMatch(/^a decision alone \(a batch of one\), p50 +[\d.]+ ms +[\d.]+ ms +[\d.]+ × /m);
}, 120_000);

test("the benchmark refuses to compare with a folder that has no such measurement", async () => {
  const compared = promisify(execFile)(process.execPath, ["bench/run.ts", "--compare", "docs"]);
  await expect(compared).rejects.toThrow(/--compare .*docs: there is no .*wake\.ts/);
});
