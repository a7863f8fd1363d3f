/** Starts real processes for tests, and waits for their output and their exit. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { spawn } from "./spawn.ts";

export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The next line of standard output, whenever it comes; rejects with standard error when the process ends first. */
  line(): Promise<string>;
  /** What the process has written to standard error so far. */
  errors(): string;
  /** Sends the signal, if any, and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; stderr: string }>;
}

/** Makes `countersign/handler` and the other exports of package.json the sources. */
const FROM_SOURCES = "--conditions=countersign-source";

/** Runs a file of this repository in a Node.js process of its own. */
export const startScript = (path: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Started =>
  startNode([FROM_SOURCES, path, ...args], env);

/** Runs Node.js with these arguments. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const closed = once(child, "close").then(([code]) => ({ code: code as number | null, stderr }));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    pid: child.pid as number,
    async line() {
      const { value, done } = await lines.next();
      if (!done) return value;
      throw new Error(`the process ended: ${(await closed).stderr}`);
    },
    errors: () => stderr,
    end(signal) {
      if (signal) child.kill(signal);
      return closed;
    },
  };
}

/** Kills a process, unless it has ended. */
export function killIfRunning(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether a process exists and has not ended; a zombie has. */
export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readIfExists(`/proc/${pid}/status`));
}

/** The processes below one, without itself. */
export function descendants(pid: number): { pid: number; command: string }[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const children = all.filter(
    (name) => /^PPid:\s+(\d+)/m.exec(readIfExists(`/proc/${name}/status`))?.[1] === String(pid),
  );
  return children.flatMap((name) => {
    const command = readIfExists(`/proc/${name}/cmdline`).replaceAll("\0", " ");
    return [{ pid: Number(name), command }, ...descendants(Number(name))];
  });
}

function readIfExists(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // It has ended in between.
  }
}
