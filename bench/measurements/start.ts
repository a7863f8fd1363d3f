/** Measures the time of a clean start. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { median, seconds } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";

/** Runs a command with an empty data folder until it is ready; in ms. */
async function ready(command: string, args: string[], dataDir: string): Promise<number> {
  const { DATABASE_URL: _, AUTH_JWT_SECRET: __, ...env } = process.env;
  const from = performance.now();
  const child = spawn(command, args, {
    env: { ...env, PORT: "0", DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const ended = once(child, "close");
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes("is ready")) return performance.now() - from;
    }
    throw new Error(`${command} ended before it was ready`);
  } finally {
    child.stdout.resume();
    // npm and its children are a separate process group.
    process.kill(-(child.pid as number), "SIGTERM");
    await ended;
  }
}

async function clean(command: string, args: string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  try {
    return await ready(command, args, join(folder, "data"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run({ quick, say }: Options): Promise<Figure[]> {
  const rounds = quick ? 1 : 5;
  const found = { npm: [] as number[], node: [] as number[], again: [] as number[] };
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  try {
    await ready(process.execPath, ["src/main.ts"], folder);
    for (let round = 0; round < rounds; round++) {
      found.npm.push(await clean("npm", ["start", "--silent"]));
      found.node.push(await clean(process.execPath, ["src/main.ts"]));
      found.again.push(await ready(process.execPath, ["src/main.ts"], folder));
      say(`ready after ${seconds(found.npm.at(-1) ?? 0)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const took = median(found.npm);
  return [
    {
      what: "npm start without data, until ready",
      value: seconds(took),
      against: `without npm: ${seconds(median(found.node))}`,
      bar: "≤ 3 s",
      met: took <= 3_000,
    },
    { what: "a start with data that is there", value: seconds(median(found.again)) },
  ];
}

export const start: Measurement = {
  name: "start",
  about: "From the command to the line that reports readiness: embedded PostgreSQL made, started and migrated, API up.",
  run,
};
