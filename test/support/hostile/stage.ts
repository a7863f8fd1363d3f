/** A server process that is attacked: its answers, its response times, and its memory. */

import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Data } from "../graphql/graphql.ts";
import { type ApiProcess, startApi } from "../server/api-process.ts";

export interface Measured {
  attack: string;
  answered: string;
  /** The longest time that /healthz was unanswered. */
  silentMs: number;
  /** Resident set in MiB. */
  before: number;
  after: number;
}

export interface Stage {
  url: string;
  pid: number;
  post(body: string | object, token: string): Promise<Response>;
  /** The result of an operation, errors included. */
  run(token: string, query: string, variables?: object): Promise<Data>;
  measure(attack: string, run: () => Promise<string>): Promise<Measured>;
  stop(): Promise<void>;
}

const MIB = 1024 * 1024;

/** @param heapMiB limit of the server's heap */
export async function startStage(databaseUrl: string, heapMiB: number, env: Record<string, string>): Promise<Stage> {
  const api: ApiProcess = await startApi({
    databaseUrl,
    env: { NODE_OPTIONS: `--max-old-space-size=${heapMiB}`, ...env },
  });
  const { url, pid } = api;
  const poller = new Worker(new URL("./health-poller.ts", import.meta.url), { workerData: { url } });
  const longestSilence = () =>
    new Promise<number>((resolve) => {
      poller.once("message", resolve);
      poller.postMessage("longest");
    });
  const resident = () => {
    const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Math.round((Number(kib) * 1024) / MIB);
  };
  const post: Stage["post"] = (body, token) =>
    fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  return {
    url,
    pid,
    post,
    run: async (token, query, variables = {}) => (await (await post({ query, variables }, token)).json()) as Data,
    async measure(attack, run) {
      const before = resident();
      await longestSilence();
      const answered = await run();
      // The server answers again, whatever came in between.
      const { status } = await fetch(`${url}/healthz`).catch(async (error: unknown) => {
        const { stderr } = await api.end("SIGKILL");
        throw new Error(`the process has ended: ${stderr.slice(0, 2_000)}`, { cause: error });
      });
      if (status !== 200) throw new Error(`/healthz answers ${status} after ${attack}`);
      return { attack, answered, silentMs: Math.round(await longestSilence()), before, after: resident() };
    },
    async stop() {
      await poller.terminate();
      await api.end("SIGTERM");
    },
  };
}
