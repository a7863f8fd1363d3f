/** Tests the rules of branches without a database: which job is next, which is skipped and why, and how a run ends. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobDefinition, JobRunStatus, RunIf } from "../../src/model/runs.ts";
import { Branches } from "../../src/orchestrator/branches.ts";
import { toleratedBy, whyNot } from "../../src/orchestrator/job-conditions.ts";
import { JobGraph } from "../../src/orchestrator/order.ts";
import type { FinalJobStatus, JobOutcome } from "../../src/orchestrator/run-result.ts";

const job = (id: string, dependencies: string[] = [], more: Partial<JobDefinition> = {}): JobDefinition => ({
  id,
  type: "work",
  dependencies,
  ...more,
});

interface Played {
  ends: Record<string, JobOutcome>;
  /** The jobs that were called, in order. */
  called: string[];
  status: string;
}

/**
 * Plays a run: one job that is running ends at a time.
 * @param comesTo how a called job ends
 * @param pick which of so many running jobs ends next
 * @param ended the jobs that had ended before this process resumed the run
 */
function play(
  jobs: readonly JobDefinition[],
  comesTo: (job: JobDefinition) => JobOutcome,
  pick: (many: number) => number = () => 0,
  ended: Readonly<Record<string, JobOutcome>> = {},
): Played {
  const branches = new Branches(new JobGraph(jobs));
  const ends: Record<string, JobOutcome> = {};
  const running: { place: number; job: JobDefinition }[] = [];
  const called: string[] = [];
  const end = (place: number, id: string, outcome: JobOutcome) => {
    ends[id] = outcome;
    branches.end(place, outcome);
  };
  for (const [place, { id }] of jobs.entries()) if (ended[id] !== undefined) end(place, id, ended[id]);
  for (;;) {
    const due = branches.due();
    for (const { place, job, outcome } of due) {
      if (outcome !== null) end(place, job.id, outcome);
      else {
        called.push(job.id);
        running.push({ place, job });
        if (job.compensates != null && running.length > 1) throw new Error(`${job.id} does not run alone`);
      }
    }
    const [next] = running.splice(pick(running.length), 1);
    if (next === undefined && branches.isOver) return { ends, called, status: branches.status };
    if (next === undefined && due.length === 0) throw new Error(`the run stands still after ${Object.keys(ends)}`);
    if (next !== undefined) end(next.place, next.job.id, comesTo(next.job));
  }
}

const SUCCEEDED: JobOutcome = { status: "SUCCEEDED" };
const failing =
  (...ids: string[]) =>
  ({ id }: JobDefinition): JobOutcome =>
    ids.includes(id) ? { status: "FAILED", error: "out of order" } : SUCCEEDED;
const wordsOf = ({ ends }: Played) =>
  Object.fromEntries(Object.entries(ends).map(([id, { status, reason }]) => [id, reason ?? status]));

describe("a job with runIf", () => {
  const jobs = [
    job("build"),
    job("deploy", ["build"]),
    job("tell", ["deploy"], { runIf: "failed" }),
    job("clean", ["deploy"], { runIf: "always" }),
  ];

  it('"failed" runs after a failure, also if the job between was skipped', () => {
    expect(wordsOf(play(jobs, failing("build")))).toEqual({
      build: "FAILED",
      deploy: "build failed: out of order",
      tell: "SUCCEEDED",
      clean: "SUCCEEDED",
    });
    expect(wordsOf(play(jobs, failing()))).toMatchObject({ tell: "No job before tell failed.", clean: "SUCCEEDED" });
  });

  it("always waits until all jobs before it have ended, although one between was skipped early", () => {
    const joined = [job("a"), job("b"), job("both", ["a", "b"]), job("clean", ["both"], { runIf: "always" })];
    const branches = new Branches(new JobGraph(joined));
    expect(branches.due().map(({ job: { id } }) => id)).toEqual(["a", "b"]);
    branches.end(0, { status: "FAILED", error: "no" });
    expect(branches.due()).toMatchObject([{ place: 2, outcome: { status: "SKIPPED" } }]);
    branches.end(2, { status: "SKIPPED", reason: "a failed: no" });
    expect(branches.due()).toEqual([]);
    branches.end(1, SUCCEEDED);
    expect(branches.due()).toMatchObject([{ place: 3, outcome: null }]);
  });

  it("is cancelled after a cancelled job, unless it runs always", () => {
    const cancelled = (one: JobDefinition): JobOutcome =>
      one.id === "build" ? { status: "CANCELLED", reason: "The run was cancelled." } : SUCCEEDED;
    const played = play(jobs, cancelled);
    expect(Object.values(played.ends).map(({ status }) => status)).toEqual([
      ...["CANCELLED", "CANCELLED", "CANCELLED", "SUCCEEDED"],
    ]);
    expect(played.status).toBe("CANCELLED");
  });
});

describe("a skipped job", () => {
  it("names the job that caused the skip", () => {
    const jobs = [
      job("a", [], { runIf: "always" }),
      job("undo", ["a"], { runIf: "failed" }),
      job("tell", ["undo"]),
      job("note", ["tell"]),
    ];
    expect(wordsOf(play(jobs, failing()))).toEqual({
      a: "SUCCEEDED",
      undo: "No job before undo failed.",
      tell: "undo was skipped: No job before undo failed.",
      note: "undo was skipped: No job before undo failed.",
    });
  });
});

describe("an allowed failure", () => {
  it("does not make the run FAILED, and is a failure to the dependent jobs", () => {
    const jobs = [
      job("gate", [], { allowFailure: true }),
      job("deploy", ["gate"]),
      job("tell", ["gate"], { runIf: "failed" }),
    ];
    const played = play(jobs, failing("gate"));
    expect(played.status).toBe("SUCCEEDED");
    expect(wordsOf(played)).toEqual({ gate: "FAILED", deploy: "gate failed: out of order", tell: "SUCCEEDED" });
    expect(play(jobs, failing("gate", "tell")).status).toBe("FAILED");
  });
});

describe("compensations", () => {
  const jobs = [
    job("undo-network", [], { compensates: "network" }),
    job("network"),
    job("undo-machine", [], { compensates: "machine" }),
    job("machine", ["network"]),
    job("release", ["machine"]),
    job("undo-release", [], { compensates: "release" }),
    job("tell", ["release"], { runIf: "failed" }),
  ];

  it("undo the succeeded jobs, after all other jobs and in the reverse order", () => {
    const played = play(jobs, failing("release"));
    expect(played.called).toEqual(["network", "machine", "release", "tell", "undo-machine", "undo-network"]);
    expect(wordsOf(played)["undo-release"]).toBe("release failed, so there is nothing to undo.");
    expect(played.status).toBe("FAILED");
  });

  it("do not run if the run succeeds", () => {
    const played = play(jobs, failing());
    expect(played.called).toEqual(["network", "machine", "release"]);
    expect(played.status).toBe("SUCCEEDED");
    expect(wordsOf(played)["undo-network"]).toBe("The run succeeded, so there is nothing to undo.");
  });

  it("continue with the next if one fails, and do not change the outcome of the run", () => {
    const played = play(jobs, failing("release", "undo-machine"));
    expect(played.called.slice(-2)).toEqual(["undo-machine", "undo-network"]);
    const cancelled = play(jobs, (one) => {
      if (one.id === "release") return { status: "CANCELLED" };
      return one.id === "undo-network" ? { status: "FAILED" } : SUCCEEDED;
    });
    expect(cancelled.called.slice(-2)).toEqual(["undo-machine", "undo-network"]);
    expect(cancelled.status).toBe("CANCELLED");
  });

  it("run after an allowed failure only if another failure made the run FAILED", () => {
    const allowed = jobs.map((one) => (one.id === "release" ? { ...one, allowFailure: true } : one));
    expect(play(allowed, failing("release")).called).not.toContain("undo-network");
    expect(play(allowed, failing("release", "tell")).called).toContain("undo-network");
  });
});

/** The same rules a second time, in the order of the document and whenever a job ends. */
function naively(jobs: readonly JobDefinition[], comesTo: (job: JobDefinition) => JobOutcome) {
  const ends = new Map<string, FinalJobStatus>();
  const fails = new Map<string, boolean>();
  const ordinary = jobs.filter(({ compensates }) => compensates == null);
  const call = (one: JobDefinition) => comesTo(one).status;
  for (const one of ordinary) {
    const before = (one.dependencies ?? []).map((id) => ends.get(id) as FinalJobStatus);
    const status = ((): FinalJobStatus => {
      if (one.runIf === "always") return call(one);
      const hasFailure = (one.dependencies ?? []).some((id) => fails.get(id));
      if (one.runIf === "failed") return hasFailure ? call(one) : "SKIPPED";
      return before.every((status) => status === "SUCCEEDED") ? call(one) : "SKIPPED";
    })();
    ends.set(one.id, status);
    const isAfter = (one.dependencies ?? []).some((id) => fails.get(id));
    fails.set(one.id, status === "FAILED" || (status === "SKIPPED" && isAfter));
  }
  const isFailed = ordinary.some(({ id, allowFailure }) => ends.get(id) === "FAILED" && !allowFailure);
  const order: string[] = [];
  for (const one of ordinary.toReversed()) {
    for (const undo of jobs.filter(({ compensates }) => compensates === one.id).toReversed()) {
      const runs = isFailed && ends.get(one.id) === "SUCCEEDED";
      ends.set(undo.id, runs ? call(undo) : "SKIPPED");
      if (runs) order.push(undo.id);
    }
  }
  return { ends: Object.fromEntries(ends), status: isFailed ? "FAILED" : "SUCCEEDED", order };
}

/** Documents of up to eight jobs, each after some of the previous ones, and up to four compensations. */
const drawnJob = fc.record({
  before: fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 3 }),
  runIf: fc.constantFrom<(RunIf | null)[]>(null, null, "succeeded", "failed", "always"),
  allowFailure: fc.boolean(),
  fails: fc.boolean(),
});
const drawnRun = fc.record({
  jobs: fc.array(drawnJob, { minLength: 1, maxLength: 8 }),
  undone: fc.array(fc.record({ place: fc.nat({ max: 7 }), fails: fc.boolean() }), { maxLength: 4 }),
  choices: fc.infiniteStream(fc.nat({ max: 100 })),
  keptOf: fc.infiniteStream(fc.boolean()),
});

describe("for every document, and whichever job ends first,", () => {
  it("the same jobs run, and the run ends the same, as by a plain reading of the rules", () => {
    fc.assert(
      fc.property(drawnRun, ({ jobs: drawn, undone, choices, keptOf }) => {
        const ordinary = drawn.map(({ before, runIf, allowFailure }, place) => {
          const dependencies = before.filter((one) => one < place).map(String);
          const rule = runIf === "failed" && dependencies.length === 0 ? null : runIf;
          return job(String(place), dependencies, { runIf: rule, allowFailure });
        });
        const undos = undone
          .filter(({ place }) => place < drawn.length)
          .map(({ place }, number) => job(`undo-${number}`, [], { compensates: String(place) }));
        const jobs = [...ordinary, ...undos];
        const fails = new Set([
          ...drawn.flatMap(({ fails }, place) => (fails ? [String(place)] : [])),
          ...undone.flatMap(({ fails }, number) => (fails ? [`undo-${number}`] : [])),
        ]);
        const comesTo = failing(...fails);
        const pick = (many: number) => (many === 0 ? 0 : (choices.next().value as number) % many);
        const expected = naively(jobs, comesTo);
        const played = play(jobs, comesTo, pick);
        const statuses = Object.fromEntries(Object.entries(played.ends).map(([id, { status }]) => [id, status]));
        expect(statuses).toEqual(expected.ends);
        expect(played.status).toBe(expected.status);
        expect(played.called.filter((id) => id.startsWith("undo"))).toEqual(expected.order);
        for (const { status, reason } of Object.values(played.ends)) expect(status === "SKIPPED").toBe(reason != null);
        // A process that resumes the run at any point reaches the same end, and calls no job that has ended.
        const order = Object.keys(played.ends);
        const kept = order.slice(0, pick(order.length + 1)).filter(() => keptOf.next().value);
        const closed = kept.filter((id) => dependenciesEnded(jobs, id, kept));
        const ended = Object.fromEntries(closed.map((id) => [id, played.ends[id] as JobOutcome]));
        const resumed = play(jobs, comesTo, pick, ended);
        expect(Object.fromEntries(Object.entries(resumed.ends).map(([id, { status }]) => [id, status]))).toEqual(
          statuses,
        );
        expect(resumed.called.filter((id) => closed.includes(id))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** A job has ended only if the jobs before it have; a skipped job may be early. */
function dependenciesEnded(jobs: readonly JobDefinition[], id: string, kept: readonly string[]): boolean {
  const one = jobs.find((other) => other.id === id);
  if (one?.compensates != null) return false;
  return (one?.dependencies ?? []).every((before) => kept.includes(before) && dependenciesEnded(jobs, before, kept));
}

describe("a chain of a thousand jobs", () => {
  it.each([[[]], [["0"]]])("ends, also if the first has failed: %j", (failed) => {
    const jobs = Array.from({ length: 1_000 }, (_, n) => job(String(n), n === 0 ? [] : [String(n - 1)]));
    const played = play(jobs, failing(...failed));
    expect(played.called).toHaveLength(failed.length === 0 ? 1_000 : 1);
    expect(Object.keys(played.ends)).toHaveLength(1_000);
  });
});

describe("conditions", () => {
  const views = (status: JobRunStatus, output: unknown) => ({ gate: { status, output } });
  const rejected = { field: "results.gate.status", operator: "==", value: "REJECTED" };

  it("see the output of a failed job, and the status of every job", () => {
    expect(whyNot([rejected], views("FAILED", { status: "REJECTED" }))).toBeNull();
    const failed = { field: "jobs.gate.status", operator: "EQ", value: "FAILED" };
    expect(whyNot([rejected, failed], views("FAILED", { status: "REJECTED" }))).toBeNull();
    expect(whyNot([failed], views("SKIPPED", null))).toBe(
      'Its condition does not hold: jobs.gate.status EQ "FAILED". The value is "SKIPPED".',
    );
  });

  it.each([
    ["has no output", "SKIPPED", null, "cannot be evaluated: results.gate.status has no value, and gate is SKIPPED"],
    ["has an output without the field", "SUCCEEDED", {}, "has no value, and gate is SUCCEEDED"],
    ["has a value of another type", "FAILED", { status: 1 }, "does not hold"],
    ["has an output that is not an object", "FAILED", "REJECTED", "has no value"],
  ] as const)("do not hold if the job %s", (_what, status, output, message) => {
    for (const operator of ["==", "!=", "notIn", "in", "contains", "<"]) {
      const value = operator.endsWith("n") && operator !== "contains" ? ["REJECTED"] : "REJECTED";
      const why = whyNot([{ field: "results.gate.status", operator, value }], views(status, output));
      // A value of another type is in no list, and so not in this one.
      if (operator === "notIn" && message === "does not hold") expect(why).toBeNull();
      else expect(why).toContain(message);
    }
  });

  it("do not hold if the list is empty, is not a list, or takes too long", () => {
    expect(whyNot([], {})).not.toBeNull();
    expect(whyNot("all" as never, {})).toContain("could not be evaluated");
    expect(whyNot([rejected], {})).toContain("gate is unknown");
    const list = Array.from({ length: 100_000 }, (_, n) => n);
    const equal = Array.from({ length: 50 }, () => ({ field: "results.gate.list", operator: "==", value: list }));
    expect(whyNot(equal, views("SUCCEEDED", { list }))).toContain("takes too long");
  });

  it.each([
    [rejected, ["gate"]],
    [{ field: "results.gate.status", operator: "in", value: ["REJECTED", "TIMEOUT"] }, ["gate"]],
    [{ field: "results.gate.status", operator: "NE", value: "APPROVED" }, ["gate"]],
    [{ field: "jobs.gate.status", operator: "==", value: "FAILED" }, ["gate"]],
    [{ field: "results.gate.status", operator: "==", value: "APPROVED" }, []],
    [{ field: "results.gate.status", operator: "!=", value: "REJECTED" }, []],
    [{ field: "results.gate.status", operator: "in", value: ["APPROVED", "REJECTED"] }, []],
    [{ field: "results.gate.comment", operator: "contains", value: "undo" }, []],
    [{ field: "results.gate.status.deep", operator: "==", value: "REJECTED" }, []],
  ])("let a failure pass only if they ask for it: %j", (condition, expected) => {
    expect([...toleratedBy(job("undo", ["gate"], { when: [condition] }))]).toEqual(expected);
  });

  it("that ask for a failure of one job need the success of the others", () => {
    const jobs = [job("build"), job("gate"), job("undo", ["build", "gate"], { when: [rejected] })];
    expect(play(jobs, failing("gate")).called).toContain("undo");
    expect(wordsOf(play(jobs, failing("build", "gate"))).undo).toBe("build failed: out of order");
  });
});
