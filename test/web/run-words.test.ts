/** The graph and the texts of a run, without a browser. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rulesOf } from "../../web/src/run/branch-words.ts";
import { fieldWords, historyWords, outcomeOf, stopWords } from "../../web/src/run/history-words.ts";
import { type Job, layoutOf } from "../../web/src/run/layout.ts";
import {
  afterWords,
  blockedWords,
  gatesOf,
  type JobView,
  jobStateOf,
  lineKind,
  progressWords,
  runWords,
} from "../../web/src/run/run-words.ts";

const job = (id: string, ...dependencies: string[]): Job => ({ id, dependencies });
/** Job by job "id@layer". */
const layers = (jobs: Job[]) => layoutOf(jobs).jobs.map(({ job: { id }, layer }) => `${id}@${layer}`);

describe("the layout of a run's graph", () => {
  it("puts every job in the first layer after its dependencies", () => {
    expect(layers([job("a"), job("b", "a"), job("c", "a"), job("d", "b", "c"), job("e", "a", "d")])).toEqual([
      "a@0",
      "b@1",
      "c@1",
      "d@2",
      "e@3",
    ]);
    expect(layers([job("deploy", "build"), job("build")])).toEqual(["build@0", "deploy@1"]);
    expect(layoutOf([])).toEqual({ jobs: [], lines: [], layers: 0, rows: 0 });
  });

  it("orders a layer by the dependencies of its jobs, so that lines do not cross", () => {
    const jobs = [job("a"), job("b"), job("under b", "b"), job("under a", "a")];
    expect(layers(jobs)).toEqual(["a@0", "b@0", "under a@1", "under b@1"]);
  });

  it("reserves a place in every layer that a line passes", () => {
    const { lines, rows } = layoutOf([job("a"), job("b", "a"), job("c", "b", "a")]);
    const long = lines.find(({ from, to }) => from === "a" && to === "c");
    expect(long?.path.map(({ layer }) => layer)).toEqual([0, 1, 2]);
    expect(rows).toBe(2);
  });

  it("accepts unknown, repeated and circular dependencies", () => {
    expect(layers([job("a", "nobody"), job("b", "a", "a")])).toEqual(["a@0", "b@1"]);
    expect(layoutOf([job("a"), job("b", "a", "a")]).lines).toHaveLength(1);
    expect(layoutOf([job("a", "b"), job("b", "a")]).jobs).toHaveLength(2);
    expect(layoutOf([job("a", "a")]).jobs).toHaveLength(1);
  });

  it("gives every job its own place, and points every line forward, for any document", () => {
    const documents = fc
      .array(fc.uniqueArray(fc.nat({ max: 29 }), { maxLength: 4 }), { maxLength: 30 })
      .map((drawn) =>
        drawn.map((before, index) => job(String(index), ...before.filter((id) => id < index).map(String))),
      );
    fc.assert(
      fc.property(documents, (jobs) => {
        const layout = layoutOf(jobs);
        const places = layout.jobs.map(({ layer, row }) => `${layer}/${row}`);
        const passed = layout.lines.flatMap(({ path }) => path.slice(1, -1).map(({ layer, row }) => `${layer}/${row}`));
        expect(layout.jobs).toHaveLength(jobs.length);
        expect(new Set([...places, ...passed]).size).toBe(places.length + passed.length);
        const placeOf = new Map(layout.jobs.map((one) => [one.job.id, one]));
        for (const { id, dependencies } of jobs) {
          const before = dependencies.map((one) => placeOf.get(one)?.layer ?? 0);
          expect(placeOf.get(id)?.layer).toBe(Math.max(-1, ...before) + 1);
        }
        expect(layout.lines).toHaveLength(jobs.flatMap(({ dependencies }) => dependencies).length);
        for (const { path } of layout.lines) {
          for (const [index, { layer }] of path.entries()) expect(layer).toBe((path[0]?.layer ?? 0) + index);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("lays out a hundred jobs", () => {
    const jobs = Array.from({ length: 100 }, (_, n) =>
      job(String(n), ...[n - 1, n - 3, n - 9].filter((d) => d >= 0).map(String)),
    );
    expect(layoutOf(jobs).jobs).toHaveLength(100);
  });
});

const shown = (id: string, status: JobView["status"], more: Partial<JobView> = {}): JobView => ({
  id,
  status,
  dependencies: [],
  ...more,
});
const gate = { request: { isOpen: true } };

describe("the texts of a run", () => {
  it("show a running job with an open request as waiting", () => {
    expect(jobStateOf(shown("a", "RUNNING", gate))).toBe("WAITING");
    expect(jobStateOf(shown("a", "RUNNING"))).toBe("RUNNING");
    expect(jobStateOf(shown("a", "RUNNING", { request: { isOpen: false } }))).toBe("RUNNING");
    expect(jobStateOf(shown("a", "CANCELLED", gate))).toBe("CANCELLED");
  });

  it("show what a run waits for, and its progress", () => {
    const jobs = [
      shown("build", "SUCCEEDED"),
      shown("ok", "RUNNING", gate),
      shown("test", "RUNNING"),
      shown("x", "PENDING"),
    ];
    const run = { status: "RUNNING" as const, jobs };
    expect([runWords(run), progressWords(run)]).toEqual(["Waiting", "Waiting at ok; 1 of 4 jobs done"]);
    expect(gatesOf(run).map(({ id }) => id)).toEqual(["ok"]);
    const running = { ...run, jobs: jobs.filter(({ id }) => id !== "ok") };
    expect([runWords(running), progressWords(running)]).toEqual(["Running", "Running test; 1 of 3 jobs done"]);
    const cancelling = { ...run, cancelRequestedAt: "2026-01-01T00:00:00Z" };
    expect(runWords(cancelling)).toBe("Being cancelled");
    const ended = { status: "CANCELLED" as const, jobs };
    expect([gatesOf(ended), progressWords(ended)]).toEqual([[], "1 of 4 jobs succeeded"]);
  });

  it("show how a run ended", () => {
    const failed = [shown("build", "SUCCEEDED"), shown("test", "FAILED"), shown("deploy", "SKIPPED")];
    expect(progressWords({ status: "FAILED", jobs: failed })).toBe("test failed; 1 skipped; 1 of 3 jobs succeeded");
    expect(progressWords({ status: "SUCCEEDED", jobs: failed.slice(0, 1) })).toBe("1 job succeeded");
    const both = failed.slice(0, 2).map((one) => ({ ...one, status: "SUCCEEDED" as const }));
    expect(progressWords({ status: "SUCCEEDED", jobs: both })).toBe("All 2 jobs succeeded");
    expect(progressWords({ status: "SUCCEEDED", jobs: failed })).toBe("test failed; 1 skipped; 1 of 3 jobs succeeded");
    expect(runWords({ status: "FAILED", jobs: [] })).toBe("Failed");
  });

  it("show the branch rules of any document", () => {
    const rejected = { field: "results.gate.status", operator: "==", value: "REJECTED" };
    const large = { field: "results.build.size", operator: ">", value: 9 };
    const jobs = [
      { id: "build" },
      { id: "undo", compensates: "build" },
      { id: "tell", runIf: "failed", allowFailure: true },
      { id: "clean", runIf: "always" },
      { id: "back", when: [rejected, large] },
      { id: "plain", runIf: "succeeded", when: null, compensates: null, allowFailure: false },
      { id: "odd", runIf: 1, when: "x", compensates: {}, allowFailure: "yes" },
      null,
    ];
    expect(Object.fromEntries([...rulesOf({ jobs })].map(([id, { words }]) => [id, words]))).toEqual({
      undo: "undoes build",
      tell: "after a failure, may fail",
      clean: "always",
      back: 'if gate.status == "REJECTED" and build.size > 9',
    });
    expect(rulesOf({ jobs }).get("undo")?.compensates).toBe("build");
    for (const other of [undefined, null, 1, {}, { jobs: 1 }]) expect(rulesOf(other).size).toBe(0);
  });

  it("show how the run passed from one job to another", () => {
    expect(lineKind("SUCCEEDED", "PENDING")).toBe("success");
    expect(lineKind("SUCCEEDED", "SKIPPED")).toBeUndefined();
    expect(lineKind("FAILED", "SUCCEEDED")).toBe("failure");
    expect(lineKind("SKIPPED", "RUNNING")).toBe("failure");
    expect(lineKind("FAILED", "SKIPPED")).toBeUndefined();
    expect(lineKind("RUNNING", "PENDING")).toBeUndefined();
  });

  it("explain why a job was skipped without its stored reason", () => {
    const [test, deploy] = [shown("test", "FAILED"), shown("deploy", "SKIPPED", { dependencies: ["build", "test"] })];
    const tell = shown("tell", "SKIPPED", { dependencies: ["deploy"] });
    const jobs = [shown("build", "SUCCEEDED"), test, deploy, tell];
    expect(jobs.map((one) => blockedWords(one, jobs))).toEqual([
      null,
      null,
      "because test failed",
      "because deploy was skipped",
    ]);
    const undo = shown("undo", "SKIPPED", { dependencies: ["build"] });
    expect(blockedWords(undo, [...jobs, undo])).toBe("because the run took another branch");
    expect([afterWords(test), afterWords(deploy)]).toEqual(["at the start", "after build and test"]);
  });
});

describe("the texts of a job's history", () => {
  it("name the attempts and the log", () => {
    expect(historyWords({ attempts: 0, logLineCount: 0 })).toBeNull();
    expect(historyWords({ attempts: 1 })).toBe("History");
    expect(historyWords({ attempts: 1, logLineCount: 3 })).toBe("Log");
    expect(historyWords({ attempts: 2, logLineCount: null })).toBe("2 attempts");
    expect(historyWords({ attempts: 2, logLineCount: 1 })).toBe("2 attempts and log");
    expect(fieldWords({ size: 42, url: "https://example.org", none: null })).toBe(
      'size=42 url="https://example.org" none=null',
    );
    expect([outcomeOf(null).words, outcomeOf("TIMED_OUT").words]).toEqual(["Running", "Timed out"]);
  });

  it("show that a job waits for something other than people", () => {
    const held = { id: "a", status: "RUNNING", dependencies: [], waitingFor: "RETRY" } as const;
    expect(jobStateOf(held)).toBe("HELD");
    expect(jobStateOf({ ...held, status: "PENDING", waitingFor: "SLOT" })).toBe("HELD");
    expect(jobStateOf({ ...held, status: "FAILED" })).toBe("FAILED");
    expect(jobStateOf({ ...held, request: { isOpen: true } })).toBe("WAITING");
    expect(jobStateOf({ ...held, request: { isOpen: true }, waitingFor: "CANCELLATION" })).toBe("HELD");
    const run = { status: "RUNNING", jobs: [held] } as const;
    expect([runWords(run), progressWords(run)]).toEqual(["Waiting", "Waiting to run a; 0 of 1 job done"]);
  });

  it.each([
    [{ isOpen: true, status: "RUNNING" }, null],
    [
      { isOpen: true, status: "RUNNING", cancelRequestedAt: "now", cancelledBy: "dora", cancelReason: "Superseded." },
      { title: "Being cancelled by dora", text: "Superseded.", tone: "warning" },
    ],
    [
      { isOpen: true, status: "RUNNING", cancelRequestedAt: "now", reason: "The run timed out after 1 hour." },
      { title: "The run timed out and is being stopped", text: "The run timed out after 1 hour.", tone: "warning" },
    ],
    [
      { isOpen: false, status: "FAILED", cancelRequestedAt: "now", reason: "The run timed out after 1 hour." },
      { title: "Why it ended", text: "The run timed out after 1 hour.", tone: "bad" },
    ],
    [
      { isOpen: false, status: "CANCELLED", cancelRequestedAt: "now", cancelledBy: "dora" },
      { title: "Cancelled by dora", text: null, tone: "soft" },
    ],
    [{ isOpen: false, status: "CANCELLED", cancelRequestedAt: "now" }, null],
    [{ isOpen: false, status: "FAILED" }, null],
  ])("explain why a run %j stops early", (run, words) => {
    expect(stopWords(run)).toEqual(words);
  });
});
