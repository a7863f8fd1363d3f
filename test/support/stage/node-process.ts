/** Node.js processes of a measurement: the API, the programs that it is compared with, and the clients. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { spawn } from "../spawn.ts";

export interface NodeProcess {
  readonly pid: number;
  /** The next line of standard output. @throws when the process ends first */
  line(): Promise<string>;
  /** Sends a question to the process and waits for its reply. */
  ask<T>(question: unknown): Promise<T>;
  /** Stops the process and waits for its end. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** @param flags Node's own, such as --expose-gc */
export function startNode(script: string, env: Record<string, string> = {}, flags: string[] = []): NodeProcess {
  const child = spawn(process.execPath, [...flags, script], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> })[Symbol.asyncIterator]();
  const failed = ended.then(([code]) => {
    throw new Error(`${script} ended with code ${code}`);
  });
  failed.catch(() => {});
  return {
    pid: child.pid as number,
    async line() {
      const { value, done } = await lines.next();
      return done ? failed : value;
    },
    async ask<T>(question: unknown) {
      const answer = once(child, "message");
      child.send(question as object);
      const [reply] = await Promise.race([answer, failed]);
      return reply as T;
    },
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
