/** Starts processes, waits until they are ready, and ends them with this process. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const WITH_PARENT = new URL("./with-parent.ts", import.meta.url).href;
const KEPT = new URL("./kept.ts", import.meta.url).pathname;

export interface Process {
  readonly pid: number;
  /** Resolves once it has ended, with the signal or the code. */
  readonly exited: Promise<string>;
  /** Whether it has ended. */
  ended(): boolean;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Runs a TypeScript file that prints a line of JSON with its `url` when it is ready.
 * @param onLine receives its other lines
 * @param signal ends the start
 * @throws Error when it ends before it is ready, or the signal's reason
 */
export async function startNode(
  file: string,
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<Process & { url: string }> {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const child = spawn(process.execPath, ["--import", WITH_PARENT, file], {
    // Nothing else of this environment: a DATABASE_URL in it is not meant for an example.
    env: { PATH, HOME, LANG, TMPDIR, ...env },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const ready = Promise.withResolvers<string>();
  createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on("line", (line) => {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url === undefined) onLine(line);
    else ready.resolve(url);
  });
  child.once("error", ready.reject);
  const exited = exitOf(child);
  void exited.then((how) => ready.reject(new Error(`${file} ended before it was ready (${how})`)));
  const started = processOf(child, child.pid, exited);
  const abort = () => void started.end();
  signal?.addEventListener("abort", abort);
  try {
    return { ...started, url: await ready.promise };
  } catch (error) {
    await started.end();
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Runs a program of any language. @param log an open file for its output */
export async function startProgram(
  program: string,
  args: readonly string[],
  { env, log }: { env: NodeJS.ProcessEnv; log: number },
): Promise<Process> {
  const keeper = spawn(process.execPath, [KEPT, program, ...args], { env, stdio: ["ignore", log, log, "ipc"] });
  const ready = Promise.withResolvers<number>();
  let how: string | undefined;
  keeper.on("message", (message: { pid?: number; ended?: string }) => {
    if (message.pid !== undefined) ready.resolve(message.pid);
    how = message.ended ?? how;
  });
  const exited = exitOf(keeper).then((code) => how ?? code);
  void exited.then((end) => ready.reject(new Error(`${program} could not be started: ${end}`)));
  const pid = await ready.promise;
  // The keeper itself was killed before the program had ended.
  void exited.then(() => how ?? kill(pid, "SIGKILL"));
  return processOf(keeper, pid, exited);
}

function exitOf(child: ChildProcess): Promise<string> {
  return once(child, "exit").then(
    ([code, signal]) => (signal as string | null) ?? `code ${code}`,
    (error: Error) => error.message,
  );
}

function processOf(child: ChildProcess, pid: number | undefined, exited: Promise<string>): Process {
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: pid as number,
    exited,
    ended,
    async end(signal = "SIGTERM") {
      if (!ended()) kill(pid, signal);
      await exited;
    },
  };
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
