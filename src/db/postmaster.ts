/** One PostgreSQL server process: started so that it cannot outlive this process, found again where one did. */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../log.ts";
import { type Account, codeOf, DataDirError } from "./data-dir.ts";

const CLUSTER_NAME = "countersign";

/*
 * Runs beside the server and reads a pipe from Node: a line means that the server has ended and there is nothing to do,
 * the end of the pipe that Node is gone, however it went.
 */
const WATCH = `trap '' INT; read -r over <&3 || kill -INT "$1"`;

/** A graceful stop is waited for this long, then the server is told to stop at once; nothing committed is lost. */
const STOP_MS = 15_000;

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

/**
 * Ends a server that was left in the folder by a process that is gone, and clears the trace of one whose process id
 * belongs to something else by now. The caller holds the folder's lock.
 * @throws DataDirError when the folder's server is not ours to stop
 */
export async function endLeftover(cluster: string, log?: Logger): Promise<void> {
  const pid = postmasterPid(cluster);
  if (pid === null || !alive(pid)) return;
  const kind = identify(pid, cluster);
  if (kind === "unrelated") {
    rmSync(join(cluster, "postmaster.pid"), { force: true });
    return;
  }
  if (kind === "foreign") {
    throw new DataDirError(`${cluster} is in use by the PostgreSQL server with pid ${pid}; stop that one first.`);
  }
  log?.info(`stopping the PostgreSQL server (pid ${pid}) that an earlier process left behind`);
  for (const [signal, patienceMs] of [
    ["SIGINT", STOP_MS],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    signalIfThere(pid, signal);
    for (let waited = 0; waited < patienceMs; waited += 20) {
      if (!alive(pid) || identify(pid, cluster) === "unrelated") return;
      await sleep(20);
    }
  }
  throw new DataDirError(`The PostgreSQL server with pid ${pid} in ${cluster} does not stop; stop it first.`);
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

function postmasterPid(cluster: string): number | null {
  try {
    return Number.parseInt(readFileSync(join(cluster, "postmaster.pid"), "utf8"), 10) || null;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function identify(pid: number, cluster: string): "ours" | "foreign" | "unrelated" {
  try {
    // A server's working directory is its cluster.
    if (readlinkSync(`/proc/${pid}/cwd`) !== realpathSync(cluster)) return "unrelated";
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return command.includes(`cluster_name=${CLUSTER_NAME}`) ? "ours" : "foreign";
  } catch (error) {
    // Another user's process is not this user's server: the cluster belongs to this user, and a server to its cluster's.
    return codeOf(error) === "ENOENT" || codeOf(error) === "EACCES" ? "unrelated" : "foreign";
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
  try {
    // A zombie has ended; only its parent has not noticed.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/** Nothing of the caller's PG* settings may reach the server, and its messages are read by this program. */
export function environment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR } = process.env;
  return { PATH, ...(TMPDIR ? { TMPDIR } : {}), LC_ALL: "C", TZ: "UTC" };
}
