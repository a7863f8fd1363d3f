/**
 * The folder DATA_DIR: who owns it, which account may run a server in it, the lock that keeps two processes apart, and
 * the small secrets kept there. What root writes is given to the folder's owner, who can go on without root.
 */

import { randomBytes } from "node:crypto";
import { chmodSync, lchownSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The folder or the server in it cannot be used; the message is one line that says what to do. */
export class DataDirError extends Error {
  override readonly name = "DataDirError";
}

/** A user of the operating system. */
export interface Account {
  uid: number;
  gid: number;
}

/** Ends with `release()`, or with the process however that ends. */
export interface DataDirLock {
  release(): void;
}

/** The account of this process; undefined where there are none (Windows). */
const self = (): Account | undefined =>
  process.getuid && process.getgid ? { uid: process.getuid(), gid: process.getgid() } : undefined;

/**
 * The account that owns what is written in a data directory: the process's own, unless that is root; then the owner of
 * the directory or of its nearest existing parent, and where root owns those too, `postgres` or `nobody`.
 */
export function dataDirAccount(dataDir: string): Account | undefined {
  const own = self();
  if (own?.uid !== 0) return own;
  const owner = ownerOfNearest(resolve(dataDir, "postgres"));
  const accounts = systemAccounts();
  if (owner.uid !== 0) return accounts.find((account) => account.uid === owner.uid) ?? owner;
  const service = ["postgres", "nobody"].map((name) => accounts.find((account) => account.name === name));
  return service.find((account) => account !== undefined && account.uid !== 0) ?? { uid: 65534, gid: 65534 };
}

/**
 * Makes the folder if there is none.
 * @throws DataDirError when this user may not
 */
export function ensureDataDir(dataDir: string): void {
  const account = dataDirAccount(dataDir);
  try {
    const made = mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    if (made === undefined) return;
    chmodSync(dataDir, 0o700);
    for (let path = dataDir; ; path = dirname(path)) {
      give(path, account);
      if (path === made || path === dirname(path)) return;
    }
  } catch (error) {
    throw refusal(dataDir, error);
  }
}

/**
 * Reads a secret kept in the folder, or keeps a new one there, readable by its owner only. Safe when several processes
 * ask at once: all get the same.
 * @throws DataDirError
 */
export function keepSecret(dataDir: string, name: string, make = () => randomBytes(32).toString("base64url")): string {
  ensureDataDir(dataDir);
  const path = join(dataDir, name);
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const kept = readIfThere(path);
    if (kept !== null) return kept;
    writeFileSync(draft, make(), { mode: 0o600, flag: "wx" });
    give(draft, dataDirAccount(dataDir));
    try {
      // A link appears with its whole content or not at all, and never replaces another's.
      linkSync(draft, path);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    throw refusal(dataDir, error);
  }
}

/**
 * Takes the folder for this process. The lock is the kernel's, on a file, so it cannot outlive the process.
 * @throws DataDirError naming the process that has it
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const account = dataDirAccount(dataDir);
  const file = join(dataDir, "lock");
  const holder = join(dataDir, "lock.pid");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("pragma journal_mode = memory; begin exclusive");
    give(file, account);
    chmodSync(file, 0o600);
    writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
    give(holder, account);
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === 5) {
      const pid = readIfThere(holder)?.trim();
      const by = pid ? `the process with pid ${pid}` : "another process";
      throw new DataDirError(`${dataDir} is in use by ${by}; stop that one first, or set DATA_DIR to another folder.`);
    }
    throw refusal(dataDir, error);
  }
  const locked = database;
  return {
    release() {
      rmSync(holder, { force: true });
      locked.close();
    },
  };
}

/** Hands a file that root wrote to the account; a link is given itself, not what it points at. */
export function give(path: string, account: Account | undefined): void {
  if (account && self()?.uid === 0) lchownSync(path, account.uid, account.gid);
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function refusal(dataDir: string, error: unknown): Error {
  if (error instanceof DataDirError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const hint = "start as its owner, or set DATA_DIR to a folder that this user may write";
  return new DataDirError(`${dataDir} cannot be used (${reason}); ${hint}.`);
}

function ownerOfNearest(path: string): Account {
  try {
    const { uid, gid } = statSync(path);
    return { uid, gid };
  } catch (error) {
    if (path === dirname(path)) throw error;
    return ownerOfNearest(dirname(path));
  }
}

function systemAccounts(): (Account & { name: string })[] {
  return (readIfThere("/etc/passwd") ?? "").split("\n").flatMap((line) => {
    const [name, , uid, gid] = line.split(":");
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}
