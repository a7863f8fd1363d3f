/** Creates the folder for all temporary files of a test run. */

import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system in memory. There the files of a database are created and deleted in a fifth of the processor time. */
const MEMORY = "/dev/shm";
/** Bytes that a run may need there, with a margin: a container has 64 MB, which is not enough. */
const NEEDED = 4 * 1024 ** 3;
const PREFIX = "countersign-tests-";

/**
 * Creates a folder in memory, or in the system's temporary folder where memory is short. It is deleted when this
 * process exits. Folders of processes that were killed are deleted now.
 */
export function createTemporaryFolder(): string {
  const parent = isLargeEnough() ? MEMORY : tmpdir();
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(PREFIX) && Number(name.slice(PREFIX.length).split("-")[0]);
    if (pid && !isRunning(pid)) remove(join(parent, name));
  }
  const folder = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
  // The embedded PostgreSQL runs under another account if root starts it.
  chmodSync(folder, 0o1777);
  process.once("exit", () => remove(folder));
  return folder;
}

function isLargeEnough(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= NEEDED;
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // A server that is still ending writes into it. The next run deletes it.
  }
}
