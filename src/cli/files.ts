/** Writes the files of a command. A file is either complete or missing, and only its owner can read it. */

import { open, rename, rm } from "node:fs/promises";

/** The note in `--help` about the database that a command reads. */
export const WHICH_DATABASE =
  "The database is DATABASE_LISTEN_URL, else DATABASE_URL, else the embedded one of DATA_DIR, running or not.";

export interface Output {
  write(text: string): Promise<void>;
  /** Completes the file. Only now it gets its name. */
  close(): Promise<void>;
  /** Discards the file after a failure. */
  discard(): Promise<void>;
}

/** Standard output; it stays open. */
export function standardOutput(): Output {
  process.stdout.on("error", () => {}); // The failed write reports the error.
  return {
    write: (text) =>
      new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve()))),
    async close() {},
    async discard() {},
  };
}

/** A file, written under a temporary name and renamed when it is complete. @throws errors of the file system */
export async function outputFile(path: string): Promise<Output> {
  const draft = `${path}.${process.pid}.partial`;
  const handle = await open(draft, "w", 0o600);
  return {
    write: (text) => handle.appendFile(text),
    async close() {
      await handle.sync();
      await handle.close();
      await rename(draft, path);
    },
    async discard() {
      await handle.close().catch(() => {}); // It may already be closed.
      await rm(draft, { force: true });
    },
  };
}

/** A progress line on standard error: rewritten on a terminal, otherwise printed every ten seconds. */
export function progressLine<Counts extends number[]>(
  lineOf: (...counts: Counts) => string,
): { say(...counts: Counts): void; end(): void } {
  const terminal = process.stderr.isTTY;
  const everyMs = terminal ? 250 : 10_000;
  let last = performance.now();
  let shown = false;
  return {
    say(...counts) {
      if (performance.now() - last < everyMs) return;
      last = performance.now();
      shown = true;
      const line = lineOf(...counts);
      process.stderr.write(terminal ? `\r${line}` : `${line}\n`);
    },
    end() {
      if (terminal && shown) process.stderr.write("\r\u001b[K");
    },
  };
}

/** The progress line of a command that reads the audit log. */
export const auditProgress = (doing: string) =>
  progressLine(
    (rows: number, requests: number) =>
      `${doing}: ${rows.toLocaleString("en")} rows of ${requests.toLocaleString("en")} requests`,
  );
