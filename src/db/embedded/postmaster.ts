/** One PostgreSQL server process, started so that it cannot outlive this one. */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import type { Logger } from "../../log.ts";
import type { Account } from "./data-dir.ts";

/** Set on every server that this program starts, and how it knows them again. */
export const CLUSTER_NAME = "countersign";

/*
 * Runs beside the server and reads a pipe from Node: a line means that the server has ended and there is nothing to do,
 * the end of the pipe that Node is gone, however it went.
 */
const WATCH = `trap '' INT; read -r over <&3 || kill -INT "$1"`;

/** A graceful stop is waited for this long, then the server is told to stop at once; nothing committed is lost. */
export const STOP_MS = 15_000;

export interface Postmaster {
  readonly pid: number;
  /** Resolves when the server and its watcher have ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Stops the server, ending its sessions, and waits for it. */
  stop(): Promise<void>;
}

export interface PostmasterOptions {
  postgres: string;
  /** The cluster's folder, without links in its path. */
  cluster: string;
  account: Account | undefined;
  port: number;
  durable: boolean;
  /** Instead of or beside the usual ones. */
  settings?: Record<string, string>;
  log?: Logger | undefined;
}

/**
 * Starts the server and waits until it accepts connections on 127.0.0.1.
 * @throws PostmasterError with what the server said
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const { postgres, cluster, account, log } = options;
  const settings = {
    listen_addresses: "127.0.0.1",
    port: options.port,
    unix_socket_directories: "",
    cluster_name: CLUSTER_NAME,
    max_connections: 200,
    timezone: "UTC",
    log_line_prefix: "",
    log_timezone: "UTC",
    lc_messages: "C",
    jit: "off",
    ...(options.durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  // Sessions of their own, so that an interrupt typed at the terminal reaches Node first and the server last.
  const identity = process.getuid?.() === 0 ? account : undefined;
  const detached = { ...identity, cwd: "/", env: environment(), detached: true } as const;
  const child = spawn(postgres, ["-D", cluster, ...flags], { ...detached, stdio: ["ignore", "ignore", "pipe"] });
  const ended = watch(child, detached);

  await new Promise<void>((resolve, reject) => {
    let said = "";
    let ready = false;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (!ready) said += text;
      for (const line of text.split("\n")) if (line.trim()) log?.debug({ postgres: true }, line.trim());
      if (ready || !said.includes("database system is ready to accept connections")) return;
      ready = true;
      resolve();
    });
    child.once("error", (error) => reject(new PostmasterError(error.message)));
    child.once("close", () => reject(new PostmasterError(said)));
  });
  return { pid: child.pid as number, ended, stop: () => stopChild(child, ended) };
}

/** The server did not start; `said` is its own log. */
export class PostmasterError extends Error {
  override readonly name = "PostmasterError";
  readonly said: string;
  constructor(said: string) {
    const lines = said.split("\n").filter((line) => line.trim() !== "");
    const reason = lines.find((line) => /FATAL|PANIC|error/i.test(line)) ?? lines.at(-1) ?? "it said nothing";
    super(`PostgreSQL did not start: ${reason.trim()}`);
    this.said = said;
  }
}

/** Ties the server to this process; the answer resolves when both it and its watcher have ended. */
function watch(child: ChildProcess, options: SpawnOptions): Promise<void> {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  if (child.pid === undefined) return closed;
  const stdio: SpawnOptions["stdio"] = ["ignore", "ignore", "ignore", "pipe"];
  const watcher = spawn("/bin/sh", ["-c", WATCH, "sh", String(child.pid)], { ...options, stdio });
  const pipe = watcher.stdio[3] as Writable;
  pipe.on("error", () => {}); // It may have been killed; the next start then ends what this one leaves.
  const gone = new Promise<void>((resolve) => watcher.once("close", () => resolve()).once("error", () => resolve()));
  return closed.then(() => {
    pipe.end("over\n");
    return gone;
  });
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGQUIT"), STOP_MS);
  child.kill("SIGINT");
  await ended;
  clearTimeout(timer);
}

/** Nothing of the caller's PG* settings may reach the server, and its messages are read by this program. */
export function environment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR } = process.env;
  return { PATH, ...(TMPDIR ? { TMPDIR } : {}), LC_ALL: "C", TZ: "UTC" };
}
