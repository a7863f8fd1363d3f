/** Tests that no process of a test outlives it. */

import { expect, it } from "vitest";
import { isRunning, startNode } from "./support/processes.ts";
import { killLeftovers, spawn } from "./support/spawn.ts";

/** Starts a shell with a process of its own in the background; returns the ids of both. */
const START = `
  const { spawn } = await import("./test/support/spawn.ts");
  const shell = spawn("sh", ["-c", "sleep 600 & echo $!; wait"], { stdio: ["ignore", "pipe", "ignore"] });
  shell.stdout.once("data", (background) => {
    console.log(shell.pid + " " + background);`;

it.each([
  ["exits", "process.exit(1);"],
  ["throws an error that nobody catches", "throw new Error('for the test');"],
  ["is terminated", "process.kill(process.pid, 'SIGTERM');"],
  ["is interrupted", "process.kill(process.pid, 'SIGINT');"],
])("the processes that a process started end, with theirs, when it %s", async (_what, end) => {
  const process = startNode(["--input-type=module", "-e", `${START} ${end} });`]);
  const pids = (await process.line()).split(" ").map(Number);
  await process.end();
  expect(pids).toHaveLength(2);
  for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
});

it("a process in the background ends with the test file although the process that started it has ended", async () => {
  const shell = spawn("sh", ["-c", "sleep 600 >/dev/null & echo $!"], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = Promise.withResolvers<void>();
  shell.once("exit", () => ended.resolve());
  const pid = await new Promise<number>((resolve) => shell.stdout?.once("data", (line) => resolve(Number(line))));
  await ended.promise;
  expect(isRunning(pid)).toBe(true);
  killLeftovers();
  await expect.poll(() => isRunning(pid)).toBe(false);
});
