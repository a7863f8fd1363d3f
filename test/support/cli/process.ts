/** Runs the command `countersign` as a process, with an environment of its own. */

import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { spawn } from "../spawn.ts";

export const CLI = fileURLToPath(new URL("../../../src/cli.ts", import.meta.url));

export interface CommandEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  /** Resolves once standard error contains this text; rejects when the command ends before. */
  stderrShows(text: string | RegExp): Promise<void>;
  /** The same of standard output. */
  stdoutShows(text: string | RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<CommandEnd>;
}

export interface CommandOptions {
  /** Its whole environment besides PATH and the compile cache: no variable of a CI system that runs these tests. */
  env?: Record<string, string>;
  /** Standard input. Default: empty. */
  input?: string | Uint8Array;
  cwd?: string;
}

export function startCommand(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const { env = {}, input = "", cwd } = options;
  // Compiled code is cached between runs, so that a command starts in half the time.
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], { env: { PATH, NODE_COMPILE_CACHE, ...env }, cwd });
  let stdout = "";
  let stderr = "";
  const checks = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const look of checks) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const look of checks) look();
  });
  child.stdin.on("error", () => {}).end(input);
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  const until = async (text: string | RegExp, stream: () => string) => {
    const matches = () => (typeof text === "string" ? stream().includes(text) : text.test(stream()));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (matches()) resolve();
    };
    checks.add(look);
    look();
    void ended.then(() => reject(new Error(`the command ended without printing ${text}: ${stderr}`)));
    await promise.finally(() => checks.delete(look));
  };
  return {
    stderrShows: (text) => until(text, () => stderr),
    stdoutShows: (text) => until(text, () => stdout),
    signal: (name) => void child.kill(name),
    ended,
  };
}

export const runCommand = (args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> =>
  startCommand(args, options).ended;
