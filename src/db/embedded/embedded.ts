/** The embedded PostgreSQL: a real server in DATA_DIR, for this process alone and ended with it. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../log.ts";
import { openSession } from "../session.ts";
import { type Account, DataDirError, dataDirAccount, ensureDataDir, give, lockDataDir } from "./data-dir.ts";
import { endLeftover } from "./leftover.ts";
import { ensureSystemDir, findBinaries, mayWrite, type PostgresBinaries, SYSTEM_DIR } from "./postgres-binaries.ts";
import { environment, type Postmaster, PostmasterError, startPostmaster } from "./postmaster.ts";

const MAJOR = "18";
const NAME = "countersign";
const PASSWORD_FILE = "countersign.password";

export interface EmbeddedOptions {
  /** The folder; made if there is none. */
  dataDir: string;
  log?: Logger;
  /** False gives up crash safety for speed, which suits tests. */
  durable?: boolean;
  /** The port to take; without it, or where it is taken, a free one. */
  port?: number;
}

export interface EmbeddedDatabase {
  /** A superuser's address of the database, its password included. */
  readonly url: string;
  readonly port: number;
  /** Process id of the server. */
  readonly pid: number;
  /** Resolves when the server has ended, by `stop` or otherwise. */
  readonly ended: Promise<void>;
  /** Ends every session and the server; the data stays. */
  stop(): Promise<void>;
}

/**
 * Starts the server in the folder, as the folder's owner when this process is root.
 * @throws DataDirError, one line: the folder is in use, not to be written, or of another PostgreSQL version
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { dataDir, log } = options;
  ensureDataDir(dataDir);
  const lock = lockDataDir(dataDir);
  try {
    const account = dataDirAccount(dataDir);
    const binaries = findBinaries(account, log);
    const cluster = await prepareCluster(dataDir, binaries, account, options);
    if (dirname(cluster) !== realpathSync(dataDir)) {
      log?.info(`the account that runs PostgreSQL cannot reach ${dataDir}; its data is in ${cluster}`);
    }
    await endLeftover(cluster, log);
    const { server, port } = await start(cluster, binaries, account, options);
    try {
      await createDatabase(clusterUrl(cluster, port, "postgres"));
    } catch (error) {
      await server.stop();
      throw error;
    }
    const ended = server.ended.then(() => lock.release());
    let stopping: Promise<void> | undefined;
    return {
      url: clusterUrl(cluster, port),
      port,
      pid: server.pid,
      ended,
      stop: () => (stopping ??= server.stop().then(() => ended)),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The address of a database of the server that runs in the cluster's folder. */
export function clusterUrl(cluster: string, port: number, database = NAME): string {
  const password = readFileSync(join(cluster, PASSWORD_FILE), "utf8");
  return `postgres://${NAME}:${password}@127.0.0.1:${port}/${database}`;
}

/** The cluster's real path; initialised if there is none, in a folder beside it that takes its name only when done. */
async function prepareCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  account: Account | undefined,
  options: EmbeddedOptions,
): Promise<string> {
  const place = join(dataDir, "postgres");
  // The lock is ours, so whatever half-made folder is here belongs to a process that is gone.
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith("postgres.new-")) removeTree(join(dataDir, name));
  }
  if (existsSync(place)) return checkCluster(realpathSync(place), account);

  const name = `new-${randomBytes(6).toString("hex")}`;
  let draft = join(dataDir, `postgres.${name}`);
  mkdirSync(draft, { mode: 0o700 });
  give(draft, account);
  if (!mayWrite(draft, account)) {
    rmSync(draft, { recursive: true });
    if (process.getuid?.() !== 0)
      throw new DataDirError(`${dataDir} cannot be written; set DATA_DIR to another folder.`);
    draft = join(SYSTEM_DIR, `data-${name}`);
    ensureSystemDir();
    mkdirSync(draft, { mode: 0o700 });
    give(draft, account);
    await initialise(draft, binaries, account, options);
    rmSync(place, { force: true });
    symlinkSync(draft, place);
    return draft;
  }
  await initialise(draft, binaries, account, options);
  renameSync(draft, place);
  return realpathSync(place);
}

function checkCluster(cluster: string, account: Account | undefined): string {
  const owner = statSync(cluster).uid;
  if (account && owner !== account.uid) {
    throw new DataDirError(`${cluster} belongs to the user with uid ${owner}; start as that user, or set DATA_DIR.`);
  }
  const versionFile = join(cluster, "PG_VERSION");
  const version = existsSync(versionFile) ? readFileSync(versionFile, "utf8").trim() : "an unknown version";
  if (version !== MAJOR) {
    const hint = `move it away or set DATA_DIR, and bring the data over with pg_dump of that version`;
    throw new DataDirError(`${cluster} holds data of PostgreSQL ${version}, this is ${MAJOR}; ${hint}.`);
  }
  return cluster;
}

async function initialise(
  cluster: string,
  binaries: PostgresBinaries,
  account: Account | undefined,
  { durable = true, log }: EmbeddedOptions,
): Promise<void> {
  const startedAt = performance.now();
  const password = randomBytes(24).toString("base64url");
  const flags = [
    `--pgdata=${cluster}`,
    `--username=${NAME}`,
    "--auth=scram-sha-256",
    "--pwfile=/dev/stdin",
    "--encoding=UTF8",
    // The same order of text on every machine, whatever its libraries.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    ...(durable ? [] : ["--no-sync"]),
  ];
  const identity = process.getuid?.() === 0 ? account : undefined;
  // Node's pipes are sockets, which cannot be opened by name; cat's is a pipe, and the password never is in a file.
  const child = spawn("/bin/sh", ["-c", 'cat | "$@"', "sh", binaries.initdb, ...flags], {
    ...identity,
    cwd: "/",
    env: environment(),
    detached: true,
  });
  let said = "";
  child.stdout.resume();
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stdin.on("error", () => {}); // The exit code tells.
  child.stdin.end(`${password}\n`);
  const abandon = () => killGroup(child.pid);
  process.once("exit", abandon);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  process.off("exit", abandon);
  if (code !== 0) {
    removeTree(cluster);
    throw new DataDirError(`PostgreSQL could not initialise ${cluster}: ${said.trim().split("\n").at(-1)}`);
  }
  const passwordFile = join(cluster, PASSWORD_FILE);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  give(passwordFile, account);
  log?.debug(`initialised ${cluster} in ${Math.round(performance.now() - startedAt)} ms`);
}

async function start(
  cluster: string,
  { postgres }: PostgresBinaries,
  account: Account | undefined,
  { durable = true, log, port: wanted }: EmbeddedOptions,
): Promise<{ server: Postmaster; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = attempt === 1 && wanted ? wanted : await freePort();
    try {
      return { server: await startPostmaster({ postgres, cluster, account, port, durable, log }), port };
    } catch (error) {
      if (!(error instanceof PostmasterError)) throw error;
      // Another took the port in between; or sessions of a killed server are about to notice its end.
      const passing = /could not bind|could not create any TCP\/IP sockets|shared memory block/.test(error.said);
      if (!passing || attempt === 20) throw new DataDirError(`${error.message} (in ${cluster})`);
      await sleep(50 * attempt);
    }
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended in between.
  }
}

function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // A killed start's initdb may still be writing; the next start removes what it leaves.
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}

async function createDatabase(url: string): Promise<void> {
  const client = await openSession({ url, name: NAME });
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [NAME]);
    if (rowCount === 0) await client.query(`create database ${NAME}`);
  } finally {
    await client.end();
  }
}
