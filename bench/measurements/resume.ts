/** Measures thousands of runs that wait at gates: the cost for their process, and the time to resume them in a new one. */

import { setTimeout as sleep } from "node:timers/promises";
import { type NodeProcess, startNode } from "../../test/support/stage/node-process.ts";
import type { Usage } from "../../test/support/stage/probe.ts";
import { deciderToken, PROBE, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { approve, keepAliveAgent } from "../support/client.ts";
import { kilobytes, ms, seconds, whole } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { settle } from "../support/requests.ts";
import { type Calls, counted, countStatements, short, since, total } from "../support/statements.ts";

const SCRIPT = new URL("./orchestrator-service.ts", import.meta.url).pathname;
const FLAGS = ["--import", PROBE, "--expose-gc"];
const LEASE_MS = 5_000;
const OPEN = "select /* bench */ count(*)::int as n from approval_requests where status = 'PENDING'";
/** Runs whose gate waits in the nth process. */
const WAITING = `select /* bench */ count(*)::int as n from workflow_run_attempts where number = $1 and outcome is null`;

/** One resumption. */
interface Resumed {
  /** From the signal to the first run that waits in the new one, and to the last. */
  firstMs: number;
  allMs: number;
  /** CPU time of the new process until then, its start included. */
  cpuMs: number;
  /** For one run. */
  statements: number;
  /** From a decision to the start of the next job, right after the last run was resumed. */
  wakeMs: number;
}

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const waiting = quick ? 200 : 5_000;
  const watchMs = quick ? 2_000 : 20_000;
  const database = await startDatabase(running, { preload: "pg_stat_statements" });
  const { pool } = database;
  await countStatements(pool);
  const api = await startApi(running, database);
  const agent = keepAliveAgent(1);
  running.defer(() => agent.destroy());
  const token = await deciderToken();
  const env = { DATABASE_URL: database.url, COUNTERSIGN_URL: api.url, COUNTERSIGN_TOKEN: await waiterToken() };
  let service: NodeProcess | undefined;
  running.defer(async () => service?.stop("SIGKILL"));
  const launch = async () => {
    service = startNode(SCRIPT, { ...env, KIND: "runs", LEASE_MS: String(LEASE_MS) }, FLAGS);
    await service.line();
    return service;
  };
  const numberOf = async (sql: string, values: unknown[] = []) =>
    (await pool.query<{ n: number }>(sql, values)).rows[0]?.n ?? 0;
  const until = async (count: number, sql: string, values: unknown[] = []) => {
    while ((await numberOf(sql, values)) < count) await sleep(20);
  };

  /** Approves the next request, and waits until the job after its gate starts. @returns ms */
  async function wake(process: NodeProcess): Promise<number> {
    const { rows } = await pool.query<{ id: string; name: string }>(
      `select /* bench */ id, execution_id as name from approval_requests where status = 'PENDING' order by id limit 1`,
    );
    const [next] = rows;
    if (next === undefined) throw new Error("no request is open");
    const from = performance.now();
    const decided = approve(agent, api.url, token, next.id);
    const line = await process.line();
    const tookMs = performance.now() - from;
    await decided;
    if (line !== next.name) throw new Error(`${line} continued instead of ${next.name}`);
    return tookMs;
  }

  /** Ends the process and starts another one. @param number of the attempt of each gate in the new process */
  async function resume(signal: "SIGTERM" | "SIGKILL", number: number): Promise<Resumed> {
    const runs = await numberOf(OPEN);
    await settle(pool);
    const before = await counted(pool);
    const from = performance.now();
    await service?.stop(signal);
    const stoppedMs = performance.now() - from;
    const fresh = await launch();
    await until(1, WAITING, [number]);
    const firstMs = performance.now() - from;
    await until(runs, WAITING, [number]);
    const allMs = performance.now() - from;
    const wakeMs = await wake(fresh);
    const cpuMs = await fresh.ask<number>("cpu");
    const calls = since(before, await counted(pool));
    say(
      `${runs} runs wait again after ${signal} and ${seconds(allMs)}; the old process ended after ${seconds(stoppedMs)}`,
    );
    sayCalls(calls, runs);
    return { firstMs, allMs, cpuMs, statements: total(calls) / runs, wakeMs };
  }
  const sayCalls = (calls: Calls, runs: number) => {
    for (const [text, count] of calls) if (count >= runs / 10) say(`${count} × ${short(text)}`);
  };

  const first = await launch();
  await first.ask({ from: 0, count: 10 });
  await until(10, OPEN);
  const empty = await first.ask<Usage>("usage");
  const before = await counted(pool);
  const from = performance.now();
  await first.ask({ from: 10, count: waiting - 10 });
  await until(waiting, OPEN);
  const tookMs = performance.now() - from;
  await until(waiting, WAITING, [1]);
  const full = await first.ask<Usage>("usage");
  const calls = since(before, await counted(pool));
  sayCalls(calls, waiting);
  const held = (full.held - empty.held) / (waiting - 10);
  const startCpuMs = full.cpuMs - empty.cpuMs;
  say(`${waiting} runs wait after ${seconds(tookMs)} and ${seconds(startCpuMs)} of CPU time: ${kilobytes(held)} each`);

  await settle(pool);
  const quietMs = await first.ask<number>("cpu");
  const quietCalls = await counted(pool);
  await sleep(watchMs);
  const watchedMs = await first.ask<number>("cpu");
  const idleCalls = since(quietCalls, await counted(pool));
  for (const [text, count] of idleCalls) say(`${count} × ${short(text)}`);
  const cpu = ((watchedMs - quietMs) / watchMs) * 100;

  const shutDown = await resume("SIGTERM", 2);
  const killed = await resume("SIGKILL", 3);
  const many = waiting.toLocaleString("en-US");
  const figuresOf = (what: string, { firstMs, allMs, cpuMs, statements, wakeMs }: Resumed): Figure[] => [
    {
      what: `${many} runs wait in a new process after ${what}`,
      value: seconds(allMs),
      against: `the first: ${seconds(firstMs)}`,
    },
    {
      what: "the same: CPU time of the new process, its start included",
      value: seconds(cpuMs),
      against: `${statements.toFixed(1)} statements a run`,
    },
    { what: "the same: the first decision to the next job's start", value: ms(wakeMs) },
  ];
  return [
    {
      what: `${many} runs from their start to their open gate, requests included`,
      value: seconds(tookMs),
      against: `${seconds(startCpuMs)} of CPU time, ${(total(calls) / waiting).toFixed(1)} statements a run`,
    },
    {
      what: `memory of a process in which ${many} runs wait`,
      value: `${whole(full.rss / 1e6)} MB`,
      against: `with 10 runs: ${whole(empty.rss / 1e6)} MB`,
      result: `${kilobytes(held)} a run`,
    },
    {
      what: "the same: CPU time while they wait, of one processor",
      value: `${cpu.toFixed(1)} %`,
      against: `${(total(idleCalls) / (watchMs / 1000)).toFixed(1)} statements a second, of all processes`,
    },
    ...figuresOf("the old one was shut down", shutDown),
    ...figuresOf(`the old one was killed (lease: ${seconds(LEASE_MS)})`, killed),
  ];
}

export const resume: Measurement = {
  name: "resume",
  about:
    "What 5,000 runs that wait at gates cost their process, and how soon a new process has them after a shutdown and a kill.",
  run,
};
