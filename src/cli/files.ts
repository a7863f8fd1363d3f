/** Files that a command writes: complete or not there, and for nobody else to read. */

import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";

export interface Output {
  write(text: string): Promise<void>;
  /** Ends it; a file takes its name only now. */
  close(): Promise<void>;
  /** Gives it up; to be called after a failure. */
  discard(): Promise<void>;
}

const written = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())));

/** Standard output; it stays open. */
export function standardOutput(): Output {
  process.stdout.on("error", () => {}); // As below.
  return { write: (text) => written(process.stdout, text), async close() {}, async discard() {} };
}

/** A file, written beside its place and moved there when it is complete. */
export function outputFile(path: string): Output {
  const draft = `${path}.${process.pid}.partial`;
  const stream = createWriteStream(draft, { mode: 0o600 });
  stream.on("error", () => {}); // The write that fails tells.
  return {
    write: (text) => written(stream, text),
    async close() {
      stream.end();
      await finished(stream);
      await rename(draft, path);
    },
    async discard() {
      stream.destroy();
      await rm(draft, { force: true });
    },
  };
}

/** A line on standard error that says how far a command has come: rewritten on a terminal, else every ten seconds. */
export function progressLine(doing: string): { say(rows: number, requests: number): void; end(): void } {
  const terminal = process.stderr.isTTY;
  const everyMs = terminal ? 250 : 10_000;
  let last = performance.now();
  let shown = false;
  return {
    say(rows, requests) {
      if (performance.now() - last < everyMs) return;
      last = performance.now();
      shown = true;
      const line = `${doing}: ${rows.toLocaleString("en")} rows of ${requests.toLocaleString("en")} requests`;
      process.stderr.write(terminal ? `\r${line}` : `${line}\n`);
    },
    end() {
      if (terminal && shown) process.stderr.write("\r\u001b[K");
    },
  };
}
