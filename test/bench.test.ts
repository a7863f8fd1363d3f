/** Tests the command of the benchmark: its output, its help, and its comparison of two checkouts. */

import { expect, test } from "vitest";
import { Arm, compared, meets } from "../bench/support/arms.ts";
import { chartOf } from "../bench/support/chart.ts";
import type { Update } from "../bench/support/client.ts";
import { Delivery, type Faults, faultsIn } from "../bench/support/delivery.ts";
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

const updates = (...received: [id: string, version: number][]) =>
  received.map(([id, version]) => ({ id, version, status: "APPROVED" }));

test("an arm of the benchmark has a speed only if each message arrives once and in order", async () => {
  const faultsOf = async (received: Update[]) => {
    const delivery = new Delivery(["a", "b"], 1, 50);
    for (const update of received) delivery.add(update);
    return faultsIn([(await delivery.end()).faults]);
  };
  expect(await faultsOf(updates(["a", 2], ["b", 2]))).toBeNull();
  expect(await faultsOf(updates(["a", 2]))).toBe("lost 1");
  expect(await faultsOf([])).toBe("lost 2");
  expect(await faultsOf(updates(["a", 2], ["b", 2], ["b", 2]))).toBe("doubled 1");
  expect(await faultsOf(updates(["a", 2], ["a", 1], ["b", 2]))).toBe("reordered 1");

  const arm = (faults: Faults, after: number) =>
    new Arm("other", async () => ({ took: after, after, deciding: 0, faults }));
  const [right, wrong] = [
    arm({ lost: 0, doubled: 0, reordered: 0 }, 40),
    arm({ lost: 3, doubled: 0, reordered: 1 }, 400),
  ];
  for (const measured of [right, wrong]) await measured.measure(true);
  expect(compared(right, wrong)).toEqual({ value: "40.0 ms", against: "other: lost 3, reordered 1" });
  expect([meets(right, wrong, 0.5), meets(wrong, right, 0.5)]).toEqual([undefined, false]);
});

test("the chart of a measurement draws each figure, what it is compared with and its bar in proportion", () => {
  const chart = chartOf("wake", [
    { what: "decision <1>", value: "2.00 s", against: "raw: 500 ms", result: "4.00 ×", bar: "≤ 2 ×", met: false },
    { what: "waits", value: "10.0 kB", bar: "≤ 40.0 kB", met: true },
    { what: "without a comparison", value: "3.00 ms" },
    { what: "an arm without a speed", value: "lost 3", against: "raw: 500 ms", bar: "ahead", met: false },
  ]);
  const widths = [...(chart ?? "").matchAll(/class="(own|other)" .*? width="([\d.]+)"/g)];
  expect(widths.map(([, bar, width]) => [bar, Number(width)])).toEqual([
    ["own", 300],
    ["other", 75],
    ["own", 75],
  ]);
  expect([...(chart ?? "").matchAll(/class="limit" x1="(\d+)"/g)].map(([, x]) => Number(x))).toEqual([166, 316]);
  expect(chart).toContain(">decision &lt;1&gt;</text>");
  expect(chart).toContain(">4.00 ×, bar ≤ 2 ×: MISSED</text>");
  expect(chart).toContain("@media (prefers-color-scheme: dark)");
  expect(chartOf("idle", [{ what: "queries", value: "0 an hour", bar: "0", met: true }])).toBeNull();
});
