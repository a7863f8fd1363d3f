/**
 * The folder DATA_DIR: its owner, the account that may run a server in it, the lock against a second process, and the
 * secrets that are stored there. Files that root writes are given to the folder's owner, who can continue without root.
 */

import { randomBytes } from "node:crypto";
import { chmodSync, lchownSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The folder or the server in it cannot be used. The message is one line and includes the fix. */
export class DataDirError extends Error {
  override readonly name = "DataDirError";
}

/** A user of the operating system. */
export interface Account {
  uid: number;
  gid: number;
}

/** The lock of the folder. It ends with `release()` or with the process. */
export interface DataDirLock {
  release(): void;
}

/** The account of this process; undefined if the system has none (Windows). */
const self = (): Account | undefined =>
  process.getuid && process.getgid ? { uid: process.getuid(), gid: process.getgid() } : undefined;

/**
 * The account that owns the files in a data directory. It is the account of the process, unless that is root; then the
 * owner of the directory or of its nearest existing parent; and if that is root as well, `postgres` or `nobody`.
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
 * Creates the folder if it does not exist.
 * @throws DataDirError if this user may not
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
 * Reads a secret in the folder, or creates and stores it, readable only by its owner. If several processes call it at once,
 * all get the same secret.
 * @throws DataDirError
 */
export function loadOrCreateSecret(
  dataDir: string,
  name: string,
  make = () => randomBytes(32).toString("base64url"),
): string {
  ensureDataDir(dataDir);
  const path = join(dataDir, name);
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const stored = readIfExists(path);
    if (stored !== null) return stored;
    writeFileSync(draft, make(), { mode: 0o600, flag: "wx" });
    give(draft, dataDirAccount(dataDir));
    try {
      // A link appears with its whole content or not at all, and never replaces an existing file.
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

/** Reads a secret in the folder. @returns null if there is none @throws DataDirError */
export function loadSecret(dataDir: string, name: string): string | null {
  try {
    return readIfExists(join(dataDir, name));
  } catch (error) {
    throw refusal(dataDir, error);
  }
}

/**
 * Locks the folder for this process. The kernel holds the lock on a file, so it cannot outlive the process.
 * @throws DataDirError with the process that has it
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
      const pid = readIfExists(holder)?.trim();
      const by = pid ? `the process with pid ${pid}` : "another process";
      throw new DataDirError(
        `${dataDir} is in use by ${by}; stop that process first, or set DATA_DIR to another folder.`,
      );
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

/** Gives a file that root wrote to the account. Of a link, the link itself is given, not its target. */
export function give(path: string, account: Account | undefined): void {
  if (account && self()?.uid === 0) lchownSync(path, account.uid, account.gid);
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

function readIfExists(path: string): string | null {
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
  return (readIfExists("/etc/passwd") ?? "").split("\n").flatMap((line) => {
    const [name, , uid, gid] = line.split(":");
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}
