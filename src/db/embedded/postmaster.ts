/** Starts a PostgreSQL server process that cannot outlive this one. */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import type { Logger } from "../../log.ts";
import type { Account } from "./data-dir.ts";

/** Set on every server that this program starts, to recognize it later. */
export const CLUSTER_NAME = "countersign";

/*
 * Runs beside the server and reads a pipe from Node: a line means that the server has ended, so there is nothing to do. The
 * end of the pipe means that Node has ended, for whatever reason.
 */
const WATCH = `trap '' INT; read -r over <&3 || kill -INT "$1"`;

/** Timeout of a graceful stop. Then the server has to stop at once, without losing anything that is committed. */
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
  /** Override or add to the default settings. */
  settings?: Record<string, string>;
  log?: Logger | undefined;
}

/**
 * Starts the server and waits until it accepts connections on 127.0.0.1.
 * @throws PostmasterError with the output of the server
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
  // Both run in sessions of their own, so an interrupt at the terminal reaches only Node, which stops the server last.
  const identity = process.getuid?.() === 0 ? account : undefined;
  const detached = { ...identity, cwd: "/", env: environment(), detached: true } as const;
  const child = spawn(postgres, ["-D", cluster, ...flags], { ...detached, stdio: ["ignore", "ignore", "pipe"] });
  const ended = endedOf(child, detached);

  await new Promise<void>((resolve, reject) => {
    let output = "";
    let ready = false;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (!ready) output += text;
      for (const line of text.split("\n")) if (line.trim()) log?.debug({ postgres: true }, line.trim());
      if (ready || !output.includes("database system is ready to accept connections")) return;
      ready = true;
      resolve();
    });
    child.once("error", (error) => reject(new PostmasterError(error.message)));
    child.once("close", () => reject(new PostmasterError(output)));
  });
  return { pid: child.pid as number, ended, stop: () => stopChild(child, ended) };
}

/** The server did not start. `output` is its log. */
export class PostmasterError extends Error {
  override readonly name = "PostmasterError";
  readonly output: string;
  constructor(output: string) {
    const lines = output.split("\n").filter((line) => line.trim() !== "");
    const reason = lines.find((line) => /FATAL|PANIC|error/i.test(line)) ?? lines.at(-1) ?? "it printed nothing";
    super(`PostgreSQL did not start: ${reason.trim()}`);
    this.output = output;
  }
}

/** Ties the server to this process. Resolves when the server and its watcher have ended. */
function endedOf(child: ChildProcess, options: SpawnOptions): Promise<void> {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  if (child.pid === undefined) return closed;
  const stdio: SpawnOptions["stdio"] = ["ignore", "ignore", "ignore", "pipe"];
  const watcher = spawn("/bin/sh", ["-c", WATCH, "sh", String(child.pid)], { ...options, stdio });
  const pipe = watcher.stdio[3] as Writable;
  pipe.on("error", () => {}); // The watcher may have been killed. Then the next start stops the server.
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

/** The environment of the server: without the caller's PG* variables, and with messages that this program can parse. */
export function environment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR } = process.env;
  return { PATH, ...(TMPDIR ? { TMPDIR } : {}), LC_ALL: "C", TZ: "UTC" };
}
