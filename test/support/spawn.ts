/** Starts processes that end with the test file, at the latest, together with all that they have started. */

import { type SpawnOptions, spawn as spawnChild } from "node:child_process";
import { once } from "node:events";

/** The groups of the started processes. A group has the process id of its first process. */
const groups = new Set<number>();

/**
 * As `spawn` of Node.js, but in a process group of its own. The group is killed when the test file ends (`setup.ts`), and
 * when this process ends or is interrupted, so that a failed test leaves nothing behind.
 */
export const spawn = ((command: string, args: readonly string[], options: SpawnOptions = {}) => {
  const child = spawnChild(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  groups.add(pid);
  // What it leaves running is still in its group. Without that, the id is free for another process.
  child.once("exit", () => {
    if (!signal(pid, 0)) groups.delete(pid);
  });
  return child;
}) as typeof spawnChild;

/** As `promisify(execFile)` of Node.js, with `spawn` of this file. */
export async function execFile(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  const [code, endedBy] = await once(child, "close");
  if (code === 0) return output;
  const message = `${[command, ...args].join(" ")} ended with ${code ?? endedBy}: ${output.stderr}`;
  throw Object.assign(new Error(message), { code, ...output });
}

/** Kills the started processes that still run. */
export function killLeftovers(): void {
  for (const group of groups) signal(group, "SIGKILL");
  groups.clear();
}

/** Returns false if the group has no process. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}

process.once("exit", killLeftovers);
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(name, () => {
    killLeftovers();
    process.kill(process.pid, name);
  });
}
