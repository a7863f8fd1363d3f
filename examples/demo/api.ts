/** The API for the demo: the server of `npm start`, in a process of its own, on a free port and on data of its own. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

export interface Api {
  url: string;
  /** Signs tokens that it believes. */
  secret: string;
  stop(): Promise<void>;
}

/** @throws what the server said when it could not start */
export async function startApi(signal: AbortSignal): Promise<Api> {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const dataDir = join(tmpdir(), `countersign-demo-${randomBytes(6).toString("hex")}`);
  const secret = randomBytes(32).toString("hex");
  // Nothing else of this environment: a DATABASE_URL in it is not meant for a demo.
  const env = { PATH, HOME, LANG, TMPDIR, PORT: "0", DATA_DIR: dataDir, AUTH_JWT_SECRET: secret, GRAPHIQL: "true" };
  const child = spawn(process.execPath, [MAIN], {
    env: { ...env, LOG_LEVEL: "warn" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
    await rm(dataDir, { recursive: true, force: true });
  };
  const abort = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", abort);
  try {
    const ready = Promise.withResolvers<string>();
    createInterface({ input: child.stdout }).on("line", (line) => {
      const url = /"url":"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined) ready.resolve(url);
      // Its warnings are worth reading, but not those of its end.
      else if (!signal.aborted && !child.killed) console.error(line);
    });
    child.once("error", ready.reject);
    child.once("exit", () => ready.reject(signal.aborted ? signal.reason : new Error("the server did not start")));
    return { url: await ready.promise, secret, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
