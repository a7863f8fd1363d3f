/** Measures the cost of a run that waits at a gate, and the time until it continues, compared with DBOS's own wait. */

import { setTimeout as sleep } from "node:timers/promises";
import { DBOSClient } from "@dbos-inc/dbos-sdk";
import { type NodeProcess, startNode } from "../../test/support/stage/node-process.ts";
import type { Usage } from "../../test/support/stage/probe.ts";
import { deciderToken, PROBE, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { approve, keepAliveAgent } from "../support/client.ts";
import { kilobytes, median, ms, quantile, seconds, times } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { settle } from "../support/requests.ts";

const SCRIPT = new URL("./orchestrator-service.ts", import.meta.url).pathname;
const FLAGS = ["--import", PROBE, "--expose-gc"];
const RECEIVERS_WAIT = `
select count(*)::int as n from bench_dbos.workflow_status s
 where s.status = 'PENDING' and exists (
       select from bench_dbos.operation_outputs o where o.workflow_uuid = s.workflow_uuid and o.function_name = 'DBOS.sleep')`;

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const rounds = quick ? 10 : 200;
  const warmUp = quick ? 2 : 20;
  const waiting = quick ? 100 : 2_000;
  const database = await startDatabase(running);
  const api = await startApi(running, database);
  const start = async (KIND: "runs" | "recv"): Promise<NodeProcess> => {
    const env = { DATABASE_URL: database.url, COUNTERSIGN_URL: api.url, COUNTERSIGN_TOKEN: await waiterToken() };
    const service = startNode(SCRIPT, { ...env, KIND }, FLAGS);
    running.defer(() => service.stop());
    await service.line();
    return service;
  };
  const runs = await start("runs");
  const recv = await start("recv");
  const client = await DBOSClient.create({ systemDatabaseUrl: database.url, systemDatabaseSchemaName: "bench_dbos" });
  running.defer(() => client.destroy());

  const until = async (sql: string, count: number) => {
    while (((await database.pool.query<{ n: number }>(sql)).rows[0]?.n ?? 0) < count) await sleep(20);
  };
  const OPEN = "select count(*)::int as n from approval_requests where status = 'PENDING'";

  /** Starts enough waits to measure one, and returns the memory of each and the time it took. */
  async function fill(service: NodeProcess, isWaiting: string): Promise<{ held: number; tookMs: number }> {
    await service.ask({ from: 0, count: 10 });
    await until(isWaiting, 10);
    const before = await service.ask<Usage>("usage");
    const from = performance.now();
    await service.ask({ from: 10, count: waiting });
    await until(isWaiting, waiting + 10);
    const tookMs = performance.now() - from;
    const after = await service.ask<Usage>("usage");
    return { held: (after.held - before.held) / waiting, tookMs };
  }

  const countersign = await fill(runs, OPEN);
  say(`${waiting} runs wait at their gate: ${kilobytes(countersign.held)} each, after ${seconds(countersign.tookMs)}`);
  const theirs = await fill(recv, RECEIVERS_WAIT);
  say(`${waiting} workflows wait in recv: ${kilobytes(theirs.held)} each, after ${seconds(theirs.tookMs)}`);
  await settle(database.pool);

  const { rows } = await database.pool.query<{ id: string; name: string }>(
    "select id, execution_id as name from approval_requests where status = 'PENDING' order by id",
  );
  const agent = keepAliveAgent(1);
  running.defer(() => agent.destroy());
  const token = await deciderToken();
  const timed = async (service: NodeProcess, name: string, decide: () => Promise<unknown>): Promise<number> => {
    const from = performance.now();
    const decided = decide();
    const line = await service.line();
    const at = performance.now();
    await decided;
    if (line !== name) throw new Error(`${line} continued instead of ${name}`);
    return at - from;
  };
  const found = { countersign: [] as number[], theirs: [] as number[] };
  for (const [turn, { id, name }] of rows.slice(0, rounds + warmUp).entries()) {
    const own = await timed(runs, name, () => approve(agent, api.url, token, id));
    const reference = await timed(recv, `run-${turn}`, () => client.send(`run-${turn}`, "approved", "decision"));
    if (turn < warmUp) continue;
    found.countersign.push(own);
    found.theirs.push(reference);
  }
  const many = waiting.toLocaleString("en-US");
  return [
    {
      what: `memory of one run that waits at a gate, ${many} on one process`,
      value: kilobytes(countersign.held),
      against: `a DBOS workflow in recv: ${kilobytes(theirs.held)}`,
      result: times(countersign.held / theirs.held),
    },
    {
      what: "decision over HTTP to the next job's start, p50",
      value: ms(median(found.countersign)),
      against: `DBOS send to the step behind its recv: ${ms(median(found.theirs))}`,
      result: times(median(found.countersign) / median(found.theirs)),
    },
    {
      what: "the same, p95",
      value: ms(quantile(found.countersign, 0.95)),
      against: ms(quantile(found.theirs, 0.95)),
      result: times(quantile(found.countersign, 0.95) / quantile(found.theirs, 0.95)),
    },
    {
      what: `${many} runs from their start to their open gate, requests included`,
      value: seconds(countersign.tookMs),
      against: `as many DBOS workflows to their recv: ${seconds(theirs.tookMs)}`,
    },
  ];
}

export const orchestrator: Measurement = {
  name: "orchestrator",
  about:
    "From a decision to the start of the job behind its gate, one at a time, and the memory of 2,000 waiting runs in their process.",
  run,
};
