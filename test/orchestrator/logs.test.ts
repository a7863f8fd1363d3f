/** Tests the log of a job: its lines are stored in order, limited in number, and never fail the job. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertLogLines } from "../../src/db/queries/run-logs.ts";
import type { JobDefinition } from "../../src/model/runs.ts";
import { createOrchestrator, type JobContext, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { lineOf } from "../../src/orchestrator/log-line.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";

let database: TestDatabase;
let orchestrator: Orchestrator;
const behaviours = new Map<string, (context: JobContext) => unknown>();
beforeAll(async () => {
  database = await createEngineDatabase();
  orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
  orchestrator.registerHandler("work", {
    type: "work",
    execute: async (context: JobContext) => ({ success: true, output: await behaviours.get(context.jobId)?.(context) }),
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await database.drop();
});

const start = (id: string, more: Partial<JobDefinition> = {}) =>
  orchestrator.start({ id: "logged", jobs: [{ id, type: "work", ...more }] }, { executionId: randomUUID() });
const linesOf = async ({ id }: { id: string }) =>
  (
    await database.pool.query(
      "select line, attempt, level, message, fields, created_at from workflow_run_logs where run_id = $1 order by line",
      [id],
    )
  ).rows;

describe("the log of a job", () => {
  it("is stored in order by the time the job has ended, over all of its attempts", async () => {
    let tries = 0;
    behaviours.set("build", ({ log: { debug, info, warn, error } }) => {
      debug("fetching", { url: "https://example.org", nested: { list: [1, "two", null] } });
      info("built");
      warn("slow", { seconds: 12.5 });
      error("no space left");
      if (tries++ === 0) throw new Error("no space left");
    });
    const run = await start("build", { retries: { attempts: 2, delayMs: 0 } });
    expect((await run.result()).status).toBe("SUCCEEDED");
    const lines = await linesOf(run);
    const once = [
      ["debug", "fetching", { url: "https://example.org", nested: { list: [1, "two", null] } }],
      ["info", "built", null],
      ["warn", "slow", { seconds: 12.5 }],
      ["error", "no space left", null],
    ];
    expect(lines.map(({ level, message, fields }) => [level, message, fields])).toEqual([...once, ...once]);
    expect(lines.map(({ line, attempt }) => [line, attempt])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((line) => [line, line <= 4 ? 1 : 2]),
    );
  });

  it("reaches the database while the job still runs", async () => {
    const go = Promise.withResolvers<void>();
    behaviours.set("long", async ({ log }) => {
      log.info("under way");
      await go.promise;
    });
    const run = await start("long");
    expect(await eventually(async () => (await linesOf(run))[0])).toMatchObject({ message: "under way" });
    go.resolve();
    await run.result();
  });

  it("has at most 10,000 lines and a last line that reports that there were more, and needs few statements", async () => {
    behaviours.set("chatty", ({ log }) => {
      for (let n = 1; n <= 12_000; n++) log.info(`line ${n}`, { n });
    });
    const run = await start("chatty");
    expect((await run.result()).status).toBe("SUCCEEDED");
    const lines = await eventually(async () => {
      const found = await linesOf(run);
      return found.length > 10_000 ? found : undefined;
    });
    expect(lines).toHaveLength(10_001);
    const { rows } = await database.pool.query(
      "select count(distinct xmin::text)::int as statements from workflow_run_logs where run_id = $1",
      [run.id],
    );
    expect(rows[0].statements).toBeLessThan(50);
    expect(lines[9_999]).toMatchObject({ line: 10_000, message: "line 10000", fields: { n: 10_000 } });
    expect(lines[10_000]).toMatchObject({ level: "warn", message: expect.stringContaining("full") });
  });

  it("accepts whatever a handler logs, and the job continues", async () => {
    const circle: Record<string, unknown> = { name: "circle" };
    circle.self = circle;
    const trap = {
      get secret() {
        throw new Error("not readable");
      },
      seen: 1,
    };
    behaviours.set("odd", ({ log }) => {
      const info = log.info as (message?: unknown, fields?: unknown) => void;
      info("NUL \0 and half \ud800 a pair", { "key\0": "\ud800" });
      info("circular", circle);
      info("numbers", { big: 10n, nan: Number.NaN, infinite: -Infinity, none: undefined, f: () => 1 });
      info("an error", new TypeError("wrong"));
      info("trap", trap);
      info("time", { at: new Date(0), map: new Map([[1, 2]]), bytes: Buffer.from("ab") });
      info("a list", [1, 2]);
      info("x".repeat(10_000), { text: "y".repeat(10_000), more: Array.from({ length: 1_000 }, (_, n) => n) });
      info();
      info({ from: "pino" }, "the other order");
      info(
        "proxy",
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("no");
            },
          },
        ),
      );
      return "done";
    });
    const run = await start("odd");
    expect(await run.result()).toMatchObject({ status: "SUCCEEDED", jobs: { odd: { output: "done" } } });
    const lines = await linesOf(run);
    expect(lines.map(({ message }) => message.slice(0, 40))).toEqual([
      "NUL  and half \ufffd a pair",
      ...["circular", "numbers", "an error", "trap", "time", "a list", "x".repeat(40)],
      ...["undefined", "the other order", "proxy"],
    ]);
    const fields = lines.map((line) => line.fields);
    expect(fields.slice(0, 3)).toEqual([
      { key: "\ufffd" },
      { name: "circle", self: "(circular)" },
      { big: "10n", nan: "NaN", infinite: "-Infinity", f: expect.stringContaining("Function") },
    ]);
    expect(fields[3]).toMatchObject({ value: { name: "TypeError", message: "wrong" } });
    expect(fields[4]).toEqual({ secret: "(a value that cannot be read)", seen: 1 });
    expect(fields[5]).toMatchObject({ at: "1970-01-01T00:00:00.000Z", map: "Map(1) { 1 => 2 }" });
    expect(fields[6]).toEqual({ value: [1, 2] });
    expect(lines[7].message).toHaveLength(4_000);
    expect(JSON.stringify(fields[7]).length).toBeLessThanOrEqual(4_000);
    expect(fields[9]).toEqual({ from: "pino" });
  });

  it("accepts no line of a call that has ended, nor of a process that no longer runs the run", async () => {
    let late: JobContext["log"] | undefined;
    behaviours.set("ended", ({ log }) => {
      late = log;
      log.info("in time");
    });
    const run = await start("ended");
    await run.result();
    late?.info("too late");
    const line = { level: "info", message: "of a lost call", fields: null, ageMs: 0 } as const;
    await database.pool.query("update workflow_run_attempts set outcome = 'LOST' where run_id = $1", [run.id]);
    await insertLogLines(database.pool, [{ ...line, call: { runId: run.id, jobId: "ended", attempt: 1 } }]);
    behaviours.set("next", ({ log }) => log.info("stored after the others"));
    const next = await start("next");
    await next.result();
    expect(await linesOf(next)).toHaveLength(1);
    expect((await linesOf(run)).map(({ message }) => message)).toEqual(["in time"]);
  });

  it("does not fail the job if the database refuses its lines", async () => {
    await database.pool.query("alter table workflow_run_logs add constraint refuse check (message <> 'refused')");
    behaviours.set("refused", ({ log }) => log.info("refused"));
    const run = await start("refused");
    expect((await run.result()).status).toBe("SUCCEEDED");
    await database.pool.query("alter table workflow_run_logs drop constraint refuse");
    expect(await linesOf(run)).toEqual([]);
  });
});

describe("a log line", () => {
  it.each([
    ["text", undefined, { message: "text", fields: null }],
    ["text", null, { message: "text", fields: null }],
    ["text", "more", { message: "text", fields: '{"value":"more"}' }],
    ["text", {}, { message: "text", fields: "{}" }],
    [new Error("wrong"), undefined, { message: expect.stringContaining("Error: wrong"), fields: null }],
    [Symbol("s"), undefined, { message: "Symbol(s)", fields: null }],
  ])("of %s and %s is %j", (message, fields, line) => {
    expect(lineOf(message, fields)).toEqual(line);
  });

  it("keeps the beginning of fields that are nested too deep, or too many", () => {
    let deep: object = { end: true };
    for (let n = 0; n < 1_000; n++) deep = { deep };
    expect(lineOf("deep", deep).fields).toContain('"…"');
    const many = lineOf("many", Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`field-${n}`, n])));
    expect(many.fields?.length).toBeLessThanOrEqual(4_000);
    expect(JSON.parse(many.fields ?? "").cut).toMatch(/^\{"field-0":0/);
  });
});
