/** Files that a command writes: complete or not there, and for nobody else to read. */

import { open, rename, rm } from "node:fs/promises";

/** What `--help` says of the database that a command reads. */
export const WHICH_DATABASE =
  "The database is DATABASE_LISTEN_URL, else DATABASE_URL, else the embedded one of DATA_DIR, running or not.";

export interface Output {
  write(text: string): Promise<void>;
  /** Ends it; a file takes its name only now. */
  close(): Promise<void>;
  /** Gives it up; to be called after a failure. */
  discard(): Promise<void>;
}

/** Standard output; it stays open. */
export function standardOutput(): Output {
  process.stdout.on("error", () => {}); // The write that fails tells.
  return {
    write: (text) =>
      new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve()))),
    async close() {},
    async discard() {},
  };
}

/** A file, written beside its place and moved there when it is complete. @throws the file system's errors */
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
      await handle.close().catch(() => {}); // It may be closed already.
      await rm(draft, { force: true });
    },
  };
}

/** A line on standard error that says how far a command has come: rewritten on a terminal, else every ten seconds. */
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

/** How far a command has come that reads the audit log. */
export const auditProgress = (doing: string) =>
  progressLine(
    (rows: number, requests: number) =>
      `${doing}: ${rows.toLocaleString("en")} rows of ${requests.toLocaleString("en")} requests`,
  );
