/**
 * Cleans up after an earlier process: stops a server that still runs in the cluster's folder, or removes the pid file
 * of a dead one.
 */

import { readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../log.ts";
import { codeOf, DataDirError } from "./data-dir.ts";
import { CLUSTER_NAME, STOP_MS } from "./postmaster.ts";

/**
 * Stops a server that an earlier process left in the folder, and removes a pid file whose process id now belongs to another
 * process. The caller has the folder's lock.
 * @throws DataDirError if another program started the folder's server
 */
export async function stopLeftover(cluster: string, log?: Logger): Promise<void> {
  const pid = postmasterPid(cluster);
  if (pid === null) return;
  if (alive(pid) && identify(pid, cluster) !== "unrelated") await endServer(pid, cluster, log);
  // A killed server leaves this file. PostgreSQL would mistake another process with that id, or a zombie, for the
  // server.
  if (postmasterPid(cluster) === pid) rmSync(join(cluster, "postmaster.pid"), { force: true });
}

async function endServer(pid: number, cluster: string, log?: Logger): Promise<void> {
  if (identify(pid, cluster) === "foreign") {
    throw new DataDirError(`${cluster} is in use by the PostgreSQL server with pid ${pid}; stop that server first.`);
  }
  log?.info(`stopping the PostgreSQL server (pid ${pid}) that an earlier process left behind`);
  for (const [signal, patienceMs] of [
    ["SIGINT", STOP_MS],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    signalIfExists(pid, signal);
    for (let waited = 0; waited < patienceMs; waited += 20) {
      if (!alive(pid) || identify(pid, cluster) === "unrelated") return;
      await sleep(20);
    }
  }
  throw new DataDirError(`the PostgreSQL server with pid ${pid} in ${cluster} does not stop; stop it first.`);
}

function postmasterPid(cluster: string): number | null {
  try {
    return Number.parseInt(readFileSync(join(cluster, "postmaster.pid"), "utf8"), 10) || null;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function identify(pid: number, cluster: string): "own" | "foreign" | "unrelated" {
  try {
    // A server's working directory is its cluster.
    if (readlinkSync(`/proc/${pid}/cwd`) !== realpathSync(cluster)) return "unrelated";
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return command.includes(`cluster_name=${CLUSTER_NAME}`) ? "own" : "foreign";
  } catch (error) {
    // A process of another user is not this cluster's server, because a server runs as the owner of its cluster.
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
    // A zombie has ended, but its parent has not collected it yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}

function signalIfExists(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}
