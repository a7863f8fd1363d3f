/** Tests the command of the benchmark: its output, its help, and its comparison of two checkouts. */

import { expect, test } from "vitest";
import { execFile } from "./support/spawn.ts";

// The figures depend on the machine, so no test checks them.
test("the benchmark starts the servers that it measures and prints a table with bars and verdicts", async () => {
  const { stdout } = await execFile(process.execPath, ["bench/run.ts", "--quick", "--only", "wake"], {
    timeout: 110_000,
  });
  expect(stdout).toMatch(/^what +figure +against +result +bar +verdict$/m);
  expect(stdout).toMatch(/^decision to waiter, p50, 1,000 open waits .*≤ 4 × +(met|MISSED)$/m);
}, 120_000);

test("the benchmark lists its measurements in its help, and refuses unknown ones", async () => {
  expect((await execFile(process.execPath, ["bench/run.ts", "--help"])).stdout).toContain("--only NAME");
  await expect(execFile(process.execPath, ["bench/run.ts", "--only", "nothing"])).rejects.toThrow(
    "no measurement nothing",
  );
});

test("the benchmark measures two checkouts in turn and prints the medians of both and their ratio", async () => {
  const compared = ["bench/run.ts", "--compare", ".", "--quick", "--rounds", "1", "--only", "batch"];
  const { stdout } = await execFile(process.execPath, compared, { timeout: 110_000 });
  expect(stdout).toMatch(/^what +other +this +this \/ other +lowest and highest of a round$/m);
  expect(stdout).toMatch(/^a decision alone \(a batch of one\), p50 +[\d.]+ ms +[\d.]+ ms +[\d.]+ × /m);
}, 120_000);

test("the benchmark refuses to compare with a folder that does not have the measurement", async () => {
  const compared = execFile(process.execPath, ["bench/run.ts", "--compare", "docs"]);
  await expect(compared).rejects.toThrow(/--compare .*docs: there is no .*wake\.ts/);
});
