/** Tests jobs that block the event loop of their process, and leases that are lost while their process lives. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Blockage } from "../../src/orchestrator/blockage.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { eventually } from "../support/eventually.ts";
import {
  attemptsOf,
  decide,
  effectsOf,
  ended,
  gate,
  notedRequest,
  type OrchestratorStage,
  startStage,
} from "../support/orchestrator/orchestrator.ts";

let stage: OrchestratorStage;
let core: Core;
beforeAll(async () => {
  stage = await startStage();
  core = await startCore(stage.database.url);
});
afterAll(async () => {
  await core.close();
  await stage.stop();
});
afterEach(() => stage.killAll());

const blocking = (ms: number) => ({ id: "blocking", jobs: [{ id: "blocking", type: "blocking", config: { ms } }] });
const GATED = { id: "gated", jobs: [gate("approval", []), { id: "endless", type: "endless" }] };
const linesOf = (stderr: string): string[] => stderr.split("\n").map((line) => line && JSON.parse(line).msg);

// Every test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("a process", { timeout: 120_000 }, () => {
  it("whose event loop is blocked for longer than its lease keeps all of its runs", async () => {
    const [blocked, gated] = [randomUUID(), randomUUID()];
    const env = { LEASE_MS: "3000" };
    const other = await stage.start([], env);
    const process = await stage.start(
      [
        [blocking(8_000), blocked],
        [GATED, gated],
      ],
      env,
    );
    const id = await notedRequest(core.pool, gated, "approval");
    expect(await ended(core.pool, blocked)).toBe("SUCCEEDED");
    expect(await attemptsOf(core.pool, blocked, "blocking")).toMatchObject([
      { outcome: "SUCCEEDED", pid: process.pid },
    ]);
    await decide(core, id, true);
    const approval = () => attemptsOf(core.pool, gated, "approval");
    await eventually(async () => (await approval()).at(-1)?.outcome ?? undefined);
    expect(await approval()).toMatchObject([{ outcome: "SUCCEEDED", pid: process.pid }]);
    expect(await attemptsOf(core.pool, gated, "endless")).toMatchObject([{ outcome: null, pid: process.pid }]);
    await other.end("SIGTERM");
    // The thread notices a little later than the loop itself.
    await eventually(async () => process.errors().includes("runs again") || undefined);
    const { stderr } = await process.end("SIGTERM");
    expect(linesOf(stderr)).toEqual(
      expect.arrayContaining([
        "a job blocks the event loop of the orchestrator",
        "the event loop of the orchestrator runs again",
      ]),
    );
  });

  it("whose event loop is blocked for too long loses its runs to another, and continues with new ones", async () => {
    const [blocked, gated] = [randomUUID(), randomUUID()];
    const env = { LEASE_MS: "1000", MAX_BLOCKED_MS: "1500" };
    const process = await stage.start([[GATED, gated]], env);
    await notedRequest(core.pool, gated, "approval");
    // It runs one of these, and the other process the other one.
    const other = await stage.start([[blocking(15_000), blocked]], env);
    expect(await ended(core.pool, blocked)).toBe("SUCCEEDED");
    const attempts = await attemptsOf(core.pool, blocked, "blocking");
    expect(attempts).toMatchObject([
      { number: 1, outcome: "LOST", pid: other.pid },
      { number: 2, outcome: "SUCCEEDED", pid: process.pid },
    ]);
    expect(await attemptsOf(core.pool, gated, "endless")).toMatchObject([{ outcome: null, pid: process.pid }]);
    expect(JSON.parse(await other.line())).toMatchObject({ executionId: blocked, status: "SUCCEEDED" });
    expect(await effectsOf(core.pool, blocked)).toEqual(["blocking"]);
    await process.end("SIGKILL");
    // It has the runs of the one that was killed.
    await eventually(
      async () => (await attemptsOf(core.pool, gated, "endless")).some(({ pid }) => pid === other.pid) || undefined,
    );
    await eventually(async () => other.errors().includes("runs again") || undefined);
    const { code, stderr } = await other.end("SIGTERM");
    expect(code).toBe(0);
    expect(linesOf(stderr)).toEqual(
      expect.arrayContaining([
        "a job blocks the event loop of the orchestrator",
        "the event loop is blocked for too long; the lease expires, and other processes take over",
        "the event loop of the orchestrator runs again",
        "the lease of this process had expired; the process stops the runs that other processes have taken over",
      ]),
    );
  });

  it("whose lease was lost continues with the runs that no other process has taken over", async () => {
    const gated = randomUUID();
    const process = await stage.start([[GATED, gated]], { LEASE_MS: "1000" });
    const id = await notedRequest(core.pool, gated, "approval");
    const leases = async () => (await core.pool.query("select id from orchestrator_executors")).rows;
    const before = await leases();
    await core.pool.query("delete from orchestrator_executors");
    await eventually(async () => (await leases())[0]);
    expect(await leases()).toEqual(before);
    await decide(core, id, true);
    const approval = () => attemptsOf(core.pool, gated, "approval");
    await eventually(async () => (await approval()).at(-1)?.outcome ?? undefined);
    expect(await approval()).toMatchObject([{ number: 1, outcome: "SUCCEEDED", pid: process.pid }]);
    expect(await attemptsOf(core.pool, gated, "endless")).toMatchObject([{ number: 1, outcome: null }]);
  });
});

describe("an event loop", () => {
  const options = { blockedMs: 10_000, mostMs: 30_000, everyMs: 500 };
  /** Looks each 500 ms at a loop that counts to `counts(now)`. */
  const changes = (counts: (now: number) => number, times: Iterable<number>) => {
    const blockage = new Blockage(options, 0, 0);
    return [...times].flatMap((now) => blockage.check(counts(now), now) ?? []);
  };
  const each = (from: number, to: number) => Array.from({ length: (to - from) / 500 }, (_, n) => from + n * 500);

  it("is blocked once it has not run for a time, and then for too long, and is reported once each", () => {
    expect(changes((now) => (now < 40_000 ? 0 : 1), each(500, 50_000))).toEqual([
      { what: "blocked", ms: 10_000 },
      { what: "too long", ms: 30_000 },
      { what: "over", ms: 40_000 },
    ]);
  });

  it("is not blocked during a long computation, nor after its whole process was suspended", () => {
    expect(changes((now) => now, each(500, 60_000))).toEqual([]);
    expect(changes((now) => (now < 300_500 ? 0 : 1), [...each(500, 5_000), ...each(300_000, 310_000)])).toEqual([]);
  });
});
