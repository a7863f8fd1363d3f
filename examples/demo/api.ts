/** The API for the demo: the server of `npm start`, in a process of its own, on a free port and on the demo's database. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const WITH_PARENT = new URL("./with-parent.ts", import.meta.url).href;

export interface Api {
  url: string;
  /** Signs tokens that it believes. */
  secret: string;
  stop(): Promise<void>;
}

/** @throws what the server said when it could not start */
export async function startApi(databaseUrl: string, signal: AbortSignal): Promise<Api> {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const secret = randomBytes(32).toString("hex");
  // Nothing else of this environment: a DATABASE_URL in it is not meant for a demo.
  const own = { PORT: "0", DATABASE_URL: databaseUrl, AUTH_JWT_SECRET: secret, GRAPHIQL: "true", LOG_LEVEL: "warn" };
  const child = spawn(process.execPath, ["--import", WITH_PARENT, MAIN], {
    env: { PATH, HOME, LANG, TMPDIR, ...own },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
  };
  const abort = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", abort);
  try {
    const ready = Promise.withResolvers<string>();
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on("line", (line) => {
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
