/**
 * Runs `npm test` twice on a busy machine: beside as many spinning processes as it has processors. A test that fails
 * only here depends on the speed of the machine. Arguments go to Vitest, such as names of test files.
 */

import { spawn as spawnChild } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { spawn } from "./spawn.ts";

const ROUNDS = 2;

// They end with this process, whatever ends it.
for (let n = 0; n < availableParallelism(); n++) spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });

for (let round = 1; round <= ROUNDS; round++) {
  console.log(`Round ${round} of ${ROUNDS}`);
  // In the terminal's group: an interrupt reaches the tests, which then stop their servers.
  const tests = spawnChild("npm", ["test", "--", ...process.argv.slice(2)], { stdio: "inherit" });
  const forward = () => tests.kill("SIGTERM");
  process.once("SIGTERM", forward);
  const [code] = await once(tests, "close");
  process.off("SIGTERM", forward);
  if (code !== 0) process.exit(1);
}
process.exit();
