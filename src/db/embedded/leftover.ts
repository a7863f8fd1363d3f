/** What an earlier process may have left in the cluster's folder: a server that still runs, or the trace of a dead one. */

import { readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../log.ts";
import { codeOf, DataDirError } from "./data-dir.ts";
import { CLUSTER_NAME, STOP_MS } from "./postmaster.ts";

/**
 * Ends a server that was left in the folder by a process that is gone, and clears the trace of one whose process id
 * belongs to something else by now. The caller holds the folder's lock.
 * @throws DataDirError when the folder's server is not ours to stop
 */
export async function endLeftover(cluster: string, log?: Logger): Promise<void> {
  const pid = postmasterPid(cluster);
  if (pid === null) return;
  if (alive(pid) && identify(pid, cluster) !== "unrelated") await endServer(pid, cluster, log);
  // A server that was killed leaves this file. PostgreSQL would take another process of that number, or a zombie, for it.
  if (postmasterPid(cluster) === pid) rmSync(join(cluster, "postmaster.pid"), { force: true });
}

async function endServer(pid: number, cluster: string, log?: Logger): Promise<void> {
  if (identify(pid, cluster) === "foreign") {
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
