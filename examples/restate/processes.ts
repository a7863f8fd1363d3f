/** Processes that are started, waited for until they are ready, and ended. */

import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { createInterface } from "node:readline";

export interface Process {
  readonly pid: number;
  /** Whether it has ended. */
  ended(): boolean;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export function processOf(child: ChildProcess): Process {
  const exited = once(child, "exit");
  exited.catch(() => {});
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid as number,
    ended,
    async end(signal = "SIGTERM") {
      if (!ended()) child.kill(signal);
      await exited;
    },
  };
}

/**
 * Runs a TypeScript file that prints a line of JSON with its `url` when it is ready.
 * @param told of its other lines
 * @throws what it says when it ends before that
 */
export async function startNode(
  file: string,
  env: NodeJS.ProcessEnv,
  told: (line: string) => void,
): Promise<Process & { url: string }> {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const child = spawn(process.execPath, [file], {
    // Nothing else of this environment: a DATABASE_URL in it is not meant for an example.
    env: { PATH, HOME, LANG, TMPDIR, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ready = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url === undefined) told(line);
    else ready.resolve(url);
  });
  child.once("error", ready.reject);
  child.once("exit", () => ready.reject(new Error(`${file} ended before it was ready`)));
  const started = processOf(child);
  return { ...started, url: await ready.promise };
}

/**
 * Ports that nothing uses at present, all different. They are below those that systems give to outgoing connections, so
 * that they are still free when a process that was killed is started again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: { port: number; server: Server }[] = [];
  while (held.length < count) {
    const port = randomInt(20_000, 32_000);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (isFree) held.push({ port, server });
  }
  await Promise.all(held.map(({ server }) => once(server.close(), "close")));
  return held.map(({ port }) => port);
}
