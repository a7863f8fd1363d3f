/** Measures the cost of a wait in Restate: for a decision through the adapter, and on Restate's bare awakeable. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { act, query, type Restate, register, send, startRestate } from "../../examples/restate/restate.ts";
import { type NodeProcess, startNode } from "../../test/support/stage/node-process.ts";
import type { Usage } from "../../test/support/stage/probe.ts";
import { deciderToken, PROBE, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { approve, keepAliveAgent, openWaits } from "../support/client.ts";
import { kilobytes, median, ms, quantile, times } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

type Kind = "suspended" | "kept" | "decided" | "approval";

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const rounds = quick ? 10 : 200;
  const warmUp = quick ? 2 : 20;
  const waiting = quick ? 100 : 2_000;
  const webhookSecret = `whsec_${randomBytes(32).toString("base64")}`;
  const database = await startDatabase(running);
  const env = { WEBHOOK_SECRET: webhookSecret, WEBHOOK_ALLOW_PRIVATE: "true", PUBLIC_URL: "http://127.0.0.1" };
  const api = await startApi(running, database, [], env);
  const restate = await startServer(running);
  const service = await startService(running, restate, {
    COUNTERSIGN_URL: `${api.url}/graphql`,
    COUNTERSIGN_TOKEN: await waiterToken(),
    WEBHOOK_SECRET: webhookSecret,
  });

  /** Starts invocations that wait; if they print lines, by the name that resolves each. */
  async function start(kind: Kind, count: number): Promise<Map<string, string>> {
    const ids = new Set<string>();
    for (let at = 0; at < count; at += 50) {
      const some = Array.from({ length: Math.min(50, count - at) }, () => send(restate, `waits/${kind}`, undefined));
      for (const id of await Promise.all(some)) ids.add(id);
    }
    const resolvedBy = new Map<string, string>();
    while (kind !== "approval" && resolvedBy.size < count) {
      const [id, awakeable] = (await service.line()).split(" ") as [string, string];
      resolvedBy.set(id, awakeable);
    }
    const status = kind === "kept" ? "running" : "suspended";
    const counted = `select count(*) as n from sys_invocation where target = 'waits/${kind}' and status = '${status}'`;
    while (((await query<{ n: number }>(restate, counted))[0]?.n ?? 0) < count) await sleep(50);
    if (kind === "approval") {
      const asked = "select id, split_part(execution_id, '/', 1) as invocation from approval_requests";
      const { rows } = await database.pool.query<{ id: string; invocation: string }>(asked);
      for (const { id, invocation } of rows) if (ids.has(invocation)) resolvedBy.set(invocation, id);
    }
    return resolvedBy;
  }

  /** ms from the resolution to the service's line. */
  async function timed(resolve: () => Promise<unknown>): Promise<number> {
    const from = performance.now();
    const resolved = resolve();
    await service.line();
    const at = performance.now();
    await resolved;
    return at - from;
  }

  const memory = {} as Record<Kind, number>;
  for (const kind of ["suspended", "kept", "approval"] as const) {
    const before = await service.ask<Usage>("usage");
    const invocations = await start(kind, waiting);
    // The connection to the API ends when it has not been used for 10 s.
    if (kind === "approval") await sleep(quick ? 0 : 11_000);
    memory[kind] = ((await service.ask<Usage>("usage")).held - before.held) / waiting;
    say(`${waiting} invocations wait (${kind}): ${kilobytes(memory[kind])} each in the service`);
    for (const id of invocations.keys()) await act(restate, "kill", id);
  }

  const turns = rounds + warmUp;
  const agent = keepAliveAgent(1);
  running.defer(() => agent.destroy());
  const token = await deciderToken();
  const post = (path: string, body: string) =>
    fetch(`${restate.ingressUrl}/${path}`, { method: "POST", body, headers: { "Content-Type": "application/json" } });
  const resolve = (awakeable: string) => post(`restate/awakeables/${awakeable}/resolve`, '"approved"');
  const gates = await start("approval", turns);
  const suspended = await start("suspended", turns);
  const kept = await start("kept", turns);
  const decided = await start("decided", turns);
  const requests = await insertRequests(database.pool, turns);
  await settle(database.pool);
  let woken: (id: string) => void = () => {};
  const waits = await openWaits(api.url, await waiterToken(), requests, ({ id }) => woken(id));
  running.defer(() => waits.close());
  say(`${turns} of each kind wait; ${rounds} are resolved, in turn`);

  const found: Record<Kind | "own", number[]> = { own: [], approval: [], suspended: [], kept: [], decided: [] };
  for (let turn = 0; turn < turns; turn++) {
    const own = await ownWait(requests[turn] as string);
    const adapter = await timed(() => approve(agent, api.url, token, [...gates.values()][turn] as string));
    const bare = await timed(() => resolve([...suspended.values()][turn] as string));
    const inProcess = await timed(() => resolve([...kept.values()][turn] as string));
    const object = await timed(() => post(`decisions/${[...decided.values()][turn]}/decide`, '"bob"'));
    if (turn < warmUp) continue;
    found.own.push(own);
    found.approval.push(adapter);
    found.suspended.push(bare);
    found.kept.push(inProcess);
    found.decided.push(object);
  }

  async function ownWait(id: string): Promise<number> {
    const continued = new Promise<number>((done) => {
      woken = (changed) => changed === id && done(performance.now());
    });
    const from = performance.now();
    const answered = approve(agent, api.url, token, id);
    const at = await continued;
    await answered;
    return at - from;
  }

  const p50 = Object.fromEntries(Object.entries(found).map(([kind, all]) => [kind, median(all)])) as typeof memory & {
    own: number;
  };
  return [
    {
      what: "decision to a waiter of the client, p50",
      value: ms(p50.own),
      // Restate suspends an invocation that has waited for a minute; people take longer.
      against: `a bare Restate awakeable to its suspended service: ${ms(p50.suspended)}`,
      result: times(p50.own / p50.suspended),
      bar: "ahead",
      met: p50.own < p50.suspended,
    },
    {
      what: "the same",
      value: ms(p50.own),
      against: `a decision that a Restate object checks and records, to the same: ${ms(p50.decided)}`,
      result: times(p50.own / p50.decided),
    },
    { what: "a bare awakeable to its service that is not suspended, p50", value: ms(p50.kept) },
    {
      what: "decision to a suspended Restate service through the adapter, p50",
      value: ms(p50.approval),
      against: `a bare awakeable, suspended: ${ms(p50.suspended)}`,
      result: times(p50.approval / p50.suspended),
    },
    {
      what: "the same, p95",
      value: ms(quantile(found.approval, 0.95)),
      against: ms(quantile(found.suspended, 0.95)),
      result: times(quantile(found.approval, 0.95) / quantile(found.suspended, 0.95)),
    },
    {
      what: `memory of the service for one invocation that waits, ${waiting.toLocaleString("en-US")} of them`,
      value: kilobytes(memory.approval),
      against: `on a bare awakeable, suspended: ${kilobytes(memory.suspended)}; not suspended: ${kilobytes(memory.kept)}`,
    },
  ];
}

async function startServer(running: AsyncDisposableStack): Promise<Restate> {
  const dataDir = mkdtempSync(join(tmpdir(), "countersign-bench-restate-"));
  const restate = await startRestate(dataDir);
  // An interrupt ends this process without running its `finally` blocks.
  const end = () => {
    if (!restate.ended()) process.kill(restate.pid, "SIGKILL");
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", end);
  running.defer(async () => {
    process.off("exit", end);
    await restate.end("SIGKILL");
    end();
  });
  return restate;
}

async function startService(
  running: AsyncDisposableStack,
  restate: Restate,
  env: Record<string, string>,
): Promise<NodeProcess> {
  const script = new URL("./restate-service.ts", import.meta.url).pathname;
  const about = { RESTATE_INGRESS_URL: restate.ingressUrl, ...env };
  const service = startNode(script, about, ["--import", PROBE, "--expose-gc"]);
  running.defer(() => service.stop());
  await register(restate, await service.line());
  return service;
}

export const restate: Measurement = {
  name: "restate",
  about:
    "From resolving a wait in Restate until its service continues, one at a time, and the memory of the service in the meantime.",
  run,
};
