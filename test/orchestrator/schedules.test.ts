/** Tests schedules: their validation, their times in zones with summer time, and the runs of each tick. */

import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  createOrchestrator,
  type Orchestrator,
  type ScheduleOptions,
  ValidationError,
  type WorkflowDefinition,
} from "../../src/orchestrator/entry.ts";
import { checkedSchedule, executionIdOf } from "../../src/orchestrator/schedule-options.ts";
import { Ticks } from "../../src/orchestrator/schedule-times.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";

const EACH_SECOND = "* * * * * *";
/** No tick of it comes while these tests run, unless they run on a new year's night. */
const YEARLY = "0 0 1 1 *";
/** Half an hour away, so that none comes while these tests run. */
const HOURLY = `${(new Date().getUTCMinutes() + 30) % 60} * * * *`;
const WORKFLOW: WorkflowDefinition = { id: "report", jobs: [{ id: "send", type: "send" }] };

const issuesOf = (name: string, options: unknown): string[] => {
  try {
    checkedSchedule(name, options, null);
    return [];
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
};

describe("the validation of a schedule", () => {
  const right = { cron: "30 2 * * 1-5", workflow: WORKFLOW };

  it.each([
    [
      "cron",
      { ...right, cron: "61 * * * *" },
      /^cron: must be a cron expression of five fields .*, not "61 \* .*minute$/,
    ],
    ["cron", { ...right, cron: "* * * *" }, /, not "\* \* \* \*": expected 5 or 6 fields but got 4$/],
    ["cron", { ...right, cron: "" }, /^cron: must be a cron expression .*, not ""/],
    ["cron", { ...right, cron: "0-999999999 * * * *" }, /a number has more than two digits$/],
    ["cron", { ...right, cron: "0 0 30 2 *" }, /impossible day of month/],
    ["cron", { ...right, cron: 5 }, /^cron: must be a cron expression .*, not 5$/],
    ["cron", { workflow: WORKFLOW }, /^cron: must be a cron expression .*, not undefined$/],
    ["timezone", { ...right, timezone: "Europe/Berlim" }, /IANA name of a time zone, .*, not "Europe\/Berlim"$/],
    ["timezone", { ...right, timezone: "+02:00" }, /IANA name .*, not "\+02:00"$/],
    ["timezone", { ...right, timezone: 2 }, /IANA name .*, not 2$/],
    ["workflow", { cron: YEARLY, workflow: 7 }, /must be the name of a registered workflow or a document.*, not 7$/],
    ["workflow.jobs", { cron: YEARLY, workflow: { id: "a", jobs: [] } }, /^workflow.jobs: must be a list of 1 to 1000/],
    ["version", { ...right, version: 1 }, /^version: is only possible with the name of a registered workflow$/],
    ["version", { cron: YEARLY, workflow: "report", version: 0 }, /must be a whole number from 1, not 0$/],
    ["input", { ...right, input: [1] }, /^input: .*/],
    ["priority", { ...right, priority: 101 }, /must be a whole number from -100 to 100, not 101$/],
    ["missed", { ...right, missed: "all" }, /^missed: must be "skip" or "run", not "all"$/],
    ["zone", { ...right, zone: "UTC" }, /^zone: is not a field of a schedule; known fields: cron, timezone,/],
  ])("names the field %s, its value and the allowed values", (_field, options, message) => {
    expect(issuesOf("nightly", options)).toEqual([expect.stringMatching(message)]);
  });

  it("refuses a name that is empty or too long, and options that are not an object", () => {
    expect(issuesOf(" ", right)).toEqual(["name: must not be empty"]);
    expect(issuesOf("x".repeat(176), right)).toEqual([expect.stringMatching(/^name: has 176 characters; at most 175/)]);
    expect(issuesOf("nightly", null)).toEqual([
      expect.stringMatching(/^options: must be an object with cron, .*, not null$/),
    ]);
  });

  it("finds every fault at once, and accepts a schedule without faults", () => {
    expect(issuesOf("", { cron: "x", timezone: "x", missed: "x" })).toHaveLength(5);
    expect(issuesOf("x".repeat(175), right)).toEqual([]);
    expect(
      issuesOf("nightly", { cron: "@daily", timezone: "Asia/Kolkata", workflow: "report", missed: "run" }),
    ).toEqual([]);
  });

  it("makes the execution id of a tick from the schedule's name and the time in UTC", () => {
    expect(executionIdOf("nightly", new Date("2026-10-25T03:30:00+01:00"))).toBe("nightly:2026-10-25T02:30:00.000Z");
  });
});

describe("the ticks of a schedule", () => {
  const ticksOf = (cron: string, timezone: string, from: string, count: number): string[] => {
    const ticks = new Ticks(cron, timezone);
    const found: Date[] = [];
    for (let at: Date | null = new Date(from); found.length < count && at !== null; ) {
      at = ticks.after(at);
      if (at !== null) found.push(at);
    }
    return found.map((at) => at.toISOString());
  };

  it("omit a time of the hour that is skipped in spring", () => {
    expect(ticksOf("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 2)).toEqual([
      ...["2026-03-28T01:30:00.000Z", "2026-03-30T00:30:00.000Z"],
    ]);
  });

  it("come twice at a time of the hour that is doubled in autumn", () => {
    expect(ticksOf("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 3)).toEqual([
      ...["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z", "2026-10-26T01:30:00.000Z"],
    ]);
  });

  it("come each hour through both nights if they are hourly", () => {
    for (const night of ["2026-03-28T23:30:00Z", "2026-10-24T23:30:00Z"]) {
      const hours = ticksOf("0 * * * *", "Europe/Berlin", night, 5).map((at) => Date.parse(at) / 3_600_000);
      expect(hours.map((hour) => hour - (hours[0] as number))).toEqual([0, 1, 2, 3, 4]);
    }
  });

  it("match the day of the month and the day of the week if both are given", () => {
    expect(ticksOf("0 0 13 * 5", "UTC", "2026-01-01T00:00:00Z", 2)).toEqual([
      ...["2026-02-13T00:00:00.000Z", "2026-03-13T00:00:00.000Z"],
    ]);
  });

  it("are limited to the latest ones, also if they are rare or dense", () => {
    const until = new Date("2026-06-15T11:59:59.500Z");
    const startOf = (cron: string, from: string) => new Ticks(cron, "UTC").startOfLatest(10, new Date(from), until);
    expect(startOf("0 * * * *", "2026-06-15T08:30:00Z")).toEqual(new Date("2026-06-15T08:30:00Z"));
    expect(new Ticks("0 * * * *", "UTC").after(startOf("0 * * * *", "2020-01-01T00:00:00Z"))).toEqual(
      new Date("2026-06-15T02:00:00Z"),
    );
    expect(new Ticks("* * * * 1 *", "UTC").after(startOf("* * * * 1 *", "2020-01-01T00:00:00Z"))).toEqual(
      new Date("2026-01-31T23:59:50Z"),
    );
  });
});

describe("an orchestrator with schedules", () => {
  let database: TestDatabase;
  let orchestrator: Orchestrator;
  let lines: Record<string, unknown>[] = [];
  beforeAll(async () => {
    database = await createEngineDatabase();
  });
  afterEach(async () => {
    await orchestrator.shutdown();
    lines = [];
  });
  afterAll(() => database.drop());

  async function launched({ types = ["send"], name = undefined as string | undefined } = {}): Promise<Orchestrator> {
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    });
    orchestrator = createOrchestrator({ databaseUrl: database.url, name, log: pino({ level: "warn" }, stream) });
    for (const type of types) {
      orchestrator.registerHandler(type, { type, execute: async ({ input }) => ({ success: true, output: input }) });
    }
    await orchestrator.launch();
    return orchestrator;
  }

  async function runsOf(schedule: string) {
    const { rows } = await database.pool.query<Record<string, unknown> & { execution_id: string }>(
      "select * from workflow_runs where schedule = $1 order by execution_id",
      [schedule],
    );
    return rows;
  }
  const runsOnce = (schedule: string, count: number) =>
    eventually(async () => {
      const runs = await runsOf(schedule);
      return runs.length >= count ? runs : undefined;
    });

  /** Simulates that no process has run for that long. */
  async function setBack(schedule: string, interval: string) {
    await database.pool.query(
      `update workflow_schedules set since = since - $2::interval, checked_until = checked_until - $2::interval
        where name = $1`,
      [schedule, interval],
    );
  }

  it("refuses an unknown workflow, version and input, and a job type without a handler, and stores nothing", async () => {
    const { id, jobs } = WORKFLOW;
    await launched();
    await orchestrator.registerWorkflow(WORKFLOW, {
      inputSchema: { type: "object", properties: { day: { type: "integer" } }, required: ["day"] },
    });
    const faultOf = (options: Partial<ScheduleOptions>) =>
      orchestrator.schedule("refused", { cron: YEARLY, workflow: id, ...options }).then(
        () => null,
        (error) => error.message,
      );
    expect(await faultOf({ workflow: "repord" })).toBe(
      'workflow: must be the name of a registered workflow or a document, not "repord"; registered: report',
    );
    expect(await faultOf({ version: 2 })).toBe('version: must be a version of "report", from 1 to 1, not 2');
    expect(await faultOf({})).toBe("input.day: is required");
    expect(await faultOf({ input: { day: "Monday" } })).toMatch(/^input.day: must be integer, not "Monday"$/);
    expect(await faultOf({ workflow: { id, jobs: [...jobs, { id: "x", type: "gone" }] } })).toMatch(
      /^workflow.jobs.1.type: there is no handler for "gone"; registered types: send$/,
    );
    expect(await orchestrator.schedules()).toEqual([]);
    await expect(orchestrator.pauseSchedule("refused")).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await orchestrator.unschedule("refused")).toBe(false);
  });

  it("starts a run at each tick, with the input, under an id made of the tick, until it is unscheduled", async () => {
    await launched();
    await orchestrator.schedule("seconds", { cron: EACH_SECOND, workflow: "report", input: { day: 3 }, priority: 5 });
    const runs = await runsOnce("seconds", 2);
    for (const run of runs) {
      expect(run.execution_id).toMatch(/^seconds:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
      expect(run).toMatchObject({ input: { day: 3 }, workflow_version: 1, priority: 5, created_by: null });
    }
    const [first] = runs;
    const run = await orchestrator.find("report", first?.execution_id as string);
    expect(await run?.result()).toMatchObject({ status: "SUCCEEDED", jobs: { send: { output: { day: 3 } } } });
    expect(await orchestrator.schedules()).toEqual([
      {
        name: "seconds",
        cron: EACH_SECOND,
        timezone: "UTC",
        workflow: "report",
        isRegistered: true,
        version: null,
        input: { day: 3 },
        priority: 5,
        missed: "skip",
        isPaused: false,
        lastError: null,
        nextTick: expect.any(Date),
        lastTick: expect.any(Date),
      },
    ]);
    expect(await orchestrator.unschedule("seconds")).toBe(true);
    expect(await orchestrator.schedules()).toEqual([]);
    const { rows } = await database.pool.query("select schedule_name from countersign_engine.workflow_schedules");
    expect(rows).toEqual([]);
  });

  it("stores the schedules that were defined before the launch, and fails to launch if one cannot be stored", async () => {
    const unlaunched = () => createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
    orchestrator = unlaunched();
    await expect(orchestrator.schedule("early", { cron: "x", workflow: WORKFLOW })).rejects.toMatchObject({
      code: "VALIDATION",
    });
    await orchestrator.schedule("early", { cron: YEARLY, workflow: "unknown" });
    await expect(orchestrator.launch()).rejects.toThrow(/^workflow: .* not "unknown"/);
    await orchestrator.schedule("early", { cron: YEARLY, timezone: "Europe/Berlin", workflow: WORKFLOW });
    orchestrator.registerHandler("send", { type: "send", execute: async () => ({ success: true }) });
    await orchestrator.launch();
    expect(await orchestrator.schedules()).toMatchObject([
      { name: "early", timezone: "Europe/Berlin", isRegistered: false },
    ]);
    await orchestrator.shutdown();

    // It survives the restart, and is deleted when the next version omits it.
    orchestrator = unlaunched();
    await orchestrator.launch();
    expect(await orchestrator.schedules()).toHaveLength(1);
    await orchestrator.shutdown();
    orchestrator = unlaunched();
    await orchestrator.unschedule("early");
    await orchestrator.launch();
    expect(await orchestrator.schedules()).toEqual([]);
  });

  it("uses only the new definition once a schedule is replaced, and starts nothing while it is paused", async () => {
    await launched();
    await orchestrator.schedule("changing", { cron: EACH_SECOND, workflow: WORKFLOW });
    await runsOnce("changing", 1);
    await orchestrator.pauseSchedule("changing");
    expect(await orchestrator.schedules()).toMatchObject([{ isPaused: true, nextTick: null }]);
    // A replacement, by a deployment for example, does not resume it.
    const other: WorkflowDefinition = { id: "other", jobs: [{ id: "send", type: "send" }] };
    await orchestrator.schedule("changing", { cron: EACH_SECOND, workflow: other });
    expect(await orchestrator.schedules()).toMatchObject([{ isPaused: true, workflow: "other" }]);
    await orchestrator.schedule("beside", { cron: EACH_SECOND, workflow: WORKFLOW });
    // A tick may have been active.
    await runsOnce("beside", 1);
    const before = (await runsOf("changing")).length;
    await runsOnce("beside", 3);
    expect((await runsOf("changing")).length).toBe(before);
    await orchestrator.resumeSchedule("changing");
    const runs = await runsOnce("changing", before + 1);
    expect(runs.at(-1)?.workflow_id).toBe("other");
    await orchestrator.unschedule("changing");
    await orchestrator.unschedule("beside");
  });

  it("starts a run for each tick that was missed, or for none, as the schedule states", async () => {
    await launched();
    for (const missed of ["run", "skip"] as const) {
      await orchestrator.schedule(missed, { cron: HOURLY, workflow: WORKFLOW, missed });
    }
    await orchestrator.schedule("many", { cron: HOURLY, workflow: WORKFLOW, missed: "run" });
    await orchestrator.pauseSchedule("many");
    await orchestrator.shutdown();
    for (const name of ["run", "skip", "many"]) await setBack(name, "3 hours");
    await launched();
    const times = (await runsOnce("run", 3)).map(({ execution_id: id }) => Date.parse(id.slice("run:".length)));
    expect(times.map((time) => time - (times[0] as number))).toEqual([0, 3_600_000, 7_200_000]);
    await eventually(async () => lines.find(({ schedule }) => schedule === "skip"));
    expect(lines.filter(({ schedule }) => schedule === "skip").map(({ msg }) => msg)).toEqual([
      "ticks of a schedule were missed and are more than a minute late: no runs",
    ]);
    expect(await runsOf("skip")).toEqual([]);
    await orchestrator.resumeSchedule("many");
    expect(await runsOf("many")).toEqual([]);
    for (const name of ["run", "skip", "many"]) await orchestrator.unschedule(name);
  });

  it("logs a tick whose workflow can no longer start, with the schedule's name, and continues with the others", async () => {
    await launched({ types: ["send", "old"] });
    const old: WorkflowDefinition = { id: "old", jobs: [{ id: "old", type: "old" }] };
    await orchestrator.schedule("outdated", { cron: HOURLY, workflow: old, missed: "run" });
    await orchestrator.schedule("current", { cron: HOURLY, workflow: WORKFLOW, missed: "run" });
    await orchestrator.shutdown();
    for (const name of ["outdated", "current"]) await setBack(name, "1 hour");
    await launched();
    await runsOnce("current", 1);
    const line = await eventually(async () => lines.find(({ schedule }) => schedule === "outdated"));
    expect(line).toMatchObject({ level: 50, msg: 'a tick of the schedule "outdated" started no run' });
    expect(await runsOf("outdated")).toEqual([]);
    const outdated = await eventually(async () =>
      (await orchestrator.schedules()).find(({ name, lastError }) => name === "outdated" && lastError !== null),
    );
    expect(outdated.lastError).toMatch(/^jobs.0.type: there is no handler for "old"; registered types: .*send/);

    // A type for which only another process has a handler is not refused.
    await orchestrator.shutdown();
    await setBack("outdated", "2 hours");
    await database.pool.query(
      `insert into orchestrator_executors (id, name, types, lease_until)
       values (gen_random_uuid(), 'countersign', '{old}', now() + interval '1 hour')`,
    );
    await launched();
    expect(await runsOnce("outdated", 1)).toMatchObject([{ workflow_id: "old", status: "RUNNING" }]);
    for (const name of ["outdated", "current"]) await orchestrator.unschedule(name);
  });

  it("can have its schedules defined by a job too, and leaves no rows of old ticks in the engine's tables", async () => {
    orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
    const scheduled: ScheduleOptions = {
      cron: EACH_SECOND,
      workflow: { id: "inner", jobs: [{ id: "a", type: "none" }] },
    };
    orchestrator.registerHandler("none", { type: "none", execute: async () => ({ success: true }) });
    orchestrator.registerHandler("plan", {
      type: "plan",
      async execute() {
        await orchestrator.schedule("inner", scheduled);
        return { success: true };
      },
    });
    await orchestrator.launch();
    const run = await orchestrator.start({ id: "plan", jobs: [{ id: "plan", type: "plan" }] }, { executionId: "1" });
    expect(await run.result()).toMatchObject({ status: "SUCCEEDED" });
    await runsOnce("inner", 1);
    await orchestrator.unschedule("inner");
    await orchestrator.shutdown();
    const ticks = "from countersign_engine.workflow_status where schedule_name is not null and updated_at = 1";
    await database.pool.query(
      "update countersign_engine.workflow_status set updated_at = 1 where schedule_name is not null and status = 'SUCCESS'",
    );
    expect((await database.pool.query(`select ${ticks}`)).rowCount).toBeGreaterThan(0);
    await launched();
    await eventually(async () => ((await database.pool.query(`select ${ticks}`)).rowCount === 0 ? true : undefined));
  });

  it("runs its own schedules only, and not those of another name on the same database", async () => {
    await launched({ name: "first" });
    await orchestrator.schedule("shared", { cron: HOURLY, workflow: WORKFLOW, missed: "run" });
    await orchestrator.shutdown();
    await setBack("shared", "1 hour");
    await launched({ name: "second" });
    expect(await orchestrator.schedules()).toEqual([]);
    await orchestrator.schedule("shared", { cron: EACH_SECOND, workflow: { ...WORKFLOW, id: "second" } });
    const runs = await runsOnce("shared", 2);
    expect(new Set(runs.map((run) => `${run.orchestrator} ${run.workflow_id}`))).toEqual(new Set(["second second"]));
    await orchestrator.unschedule("shared");
    await orchestrator.shutdown();
    await launched({ name: "first" });
    expect(await orchestrator.schedules()).toHaveLength(1);
    const late = await eventually(async () => (await runsOf("shared")).find((run) => run.orchestrator === "first"));
    expect(late).toMatchObject({ workflow_id: "report" });
  });
});
