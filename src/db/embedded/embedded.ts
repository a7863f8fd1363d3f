/** The embedded PostgreSQL: a real server in DATA_DIR that belongs to this process and ends with it. */

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
import { stopLeftover } from "./leftover.ts";
import { ensureSystemDir, findBinaries, mayWrite, type PostgresBinaries, SYSTEM_DIR } from "./postgres-binaries.ts";
import { environment, type Postmaster, PostmasterError, startPostmaster } from "./postmaster.ts";

const MAJOR = "18";
const NAME = "countersign";
const PASSWORD_FILE = "countersign.password";

export interface EmbeddedOptions {
  /** The folder, which is created if it does not exist. */
  dataDir: string;
  log?: Logger;
  /** False trades crash safety for speed, for tests. */
  durable?: boolean;
  /** The preferred port. Default, and if it is in use: a free one. */
  port?: number;
}

export interface EmbeddedDatabase {
  /** The URL of the database for a superuser, with the password. */
  readonly url: string;
  readonly port: number;
  /** The process id of the server. */
  readonly pid: number;
  /** Resolves when the server has ended, for any reason. */
  readonly ended: Promise<void>;
  /** Ends all sessions and the server. The data stays. */
  stop(): Promise<void>;
}

/**
 * Starts the server in the folder, as the folder's owner if this process is root.
 * @throws DataDirError if the folder is in use, is not writable, or has data of another PostgreSQL version
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
    await stopLeftover(cluster, log);
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

/** The URL of a database of the server in the cluster's folder. */
export function clusterUrl(cluster: string, port: number, database = NAME): string {
  const password = readFileSync(join(cluster, PASSWORD_FILE), "utf8");
  return `postgres://${NAME}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Returns the cluster's real path. A new cluster is initialised in a temporary folder, which is renamed when it is
 * complete.
 */
async function prepareCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  account: Account | undefined,
  options: EmbeddedOptions,
): Promise<string> {
  const place = join(dataDir, "postgres");
  // This process has the lock, so an incomplete folder belongs to a process that no longer runs.
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
    const hint = `move it or set DATA_DIR to another folder, and migrate the data with pg_dump of that version`;
    throw new DataDirError(`${cluster} has data of PostgreSQL ${version}, but this is version ${MAJOR}; ${hint}.`);
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
    // The same sort order on every machine, whatever its libraries.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    ...(durable ? [] : ["--no-sync"]),
  ];
  const identity = process.getuid?.() === 0 ? account : undefined;
  // Node's pipes are sockets, which cannot be opened by name. The pipe of cat can, and the password is never in a file.
  const child = spawn("/bin/sh", ["-c", 'cat | "$@"', "sh", binaries.initdb, ...flags], {
    ...identity,
    cwd: "/",
    env: environment(),
    detached: true,
  });
  let output = "";
  child.stdout.resume();
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stdin.on("error", () => {}); // The exit code shows the failure.
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
    throw new DataDirError(`PostgreSQL could not initialise ${cluster}: ${output.trim().split("\n").at(-1)}`);
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
      // Another process took the port in the meantime, or sessions of a killed server have not ended yet.
      const isTransient = /could not bind|could not create any TCP\/IP sockets|shared memory block/.test(error.output);
      if (!isTransient || attempt === 20) throw new DataDirError(`${error.message} (in ${cluster})`);
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
    // The initdb of a killed start may still be writing. The next start removes its files.
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
