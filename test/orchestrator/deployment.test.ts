/**
 * Tests a rolling deployment with real processes: three processes of version 1 are replaced one by one by version 2,
 * which has another identity, other gates, a new type of jobs and one less, while runs wait at their gates and people
 * decide.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WorkflowDefinition } from "../../src/model/runs.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import {
  effect,
  effectsOf,
  gate,
  jobsOf,
  type OrchestratorStage,
  startStage,
} from "../support/orchestrator/orchestrator.ts";
import { tokenFor } from "../support/server/server.ts";

const RUNS = Number(process.env.ORCHESTRATOR_RUNS ?? 200);
/** Runs that version 2 starts while version 1 still runs. */
const NEW_RUNS = 20;
/** Runs that nobody decides before the end of the deployment. */
const LATE_RUNS = 10;
/** Requests that are decided during each step of the deployment. */
const DECISIONS = Math.floor(RUNS / 5);
const PEOPLE = 4;

const PLAIN: WorkflowDefinition = {
  id: "release",
  jobs: [
    effect("build"),
    gate("review", ["build"]),
    effect("stage", ["review"]),
    gate("production", ["stage"]),
    effect("deploy", ["production"]),
  ],
};
/** Needs a handler that only version 1 has. */
const ARCHIVED: WorkflowDefinition = {
  id: "release",
  jobs: [...PLAIN.jobs, { id: "archive", type: "archive", dependencies: ["deploy"] }],
};
/** The document of version 2, which needs a handler that only version 2 has. */
const ANNOUNCED: WorkflowDefinition = {
  id: "release",
  jobs: [
    effect("build"),
    gate("review", ["build"], { title: "Shall all customers get this build?" }),
    { id: "announce", type: "announce", dependencies: ["review"] },
    effect("deploy", ["announce"]),
  ],
};
type Given = readonly [WorkflowDefinition, executionId: string];
const OLD = Array.from({ length: RUNS }, (_, n): Given => [n % 2 === 0 ? PLAIN : ARCHIVED, `run-${n}`]);
const NEW = Array.from({ length: NEW_RUNS }, (_, n): Given => [ANNOUNCED, `new-${n}`]);
const ALL = [...OLD, ...NEW];
const archived = OLD.filter(([document]) => document === ARCHIVED).map(([, executionId]) => executionId);
const late = new Set(archived.slice(-LATE_RUNS));
const isNew = (executionId: string) => executionId.startsWith("new");

let stage: OrchestratorStage;
let core: Core;
let bob: string;
beforeAll(async () => {
  stage = await startStage();
  core = await startCore(stage.database.url);
  bob = await tokenFor("bob");
});
afterAll(async () => {
  await core.close();
  await stage.stop();
});

// A short lease: the runs of a killed process resume soon.
const version = async (number: 1 | 2, runs: Given[] = []) => {
  const env = {
    LEASE_MS: "3000",
    VERSION: String(number),
    TYPES: `approval,effect,${number === 1 ? "archive" : "announce"}`,
    COUNTERSIGN_TOKEN: await tokenFor(`service-${number}`, { scope: "approvals:request" }),
  };
  return stage.start(runs, env);
};

const rows = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  (await core.pool.query(sql, values)).rows;
const count = async (sql: string): Promise<number> => Number((await rows<{ count: string }>(sql))[0]?.count);
const until = async (isSo: () => Promise<boolean>) => {
  while (!(await isSo())) await sleep(50);
};

/** Whether people approve at a gate: they reject about one in four runs, at one of its gates. */
const isApproved = (executionId: string, jobId: string): boolean => {
  const n = Number(executionId.split("-")[1]);
  return jobId === "review" ? n % 8 !== 0 : n % 7 !== 0;
};

/** Decides as people do, some at once and in random order, through the API. @returns how many requests were decided */
async function decide(limit: number, isTheirs: (executionId: string) => boolean): Promise<number> {
  const open = await rows<{ id: string; execution: string; job: string }>(
    `select id, execution_id as execution, job_id as job from approval_requests
      where status = 'PENDING' order by random()`,
  );
  const theirs = open.filter(({ execution }) => isTheirs(execution)).slice(0, limit);
  const decided = theirs.length;
  const person = async () => {
    for (let request = theirs.pop(); request; request = theirs.pop()) {
      const command = isApproved(request.execution, request.job) ? "approveRequest" : "rejectRequest";
      const query = `mutation ($id: ID!) { ${command}(input: { requestId: $id, comment: "read" }) { __typename } }`;
      const response = await fetch(`${stage.api.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${bob}` },
        body: JSON.stringify({ query, variables: { id: request.id } }),
      });
      const { data } = (await response.json()) as { data: Record<string, { __typename: string }> };
      expect(data?.[command]?.__typename).toMatch(/Payload$/);
    }
  };
  await Promise.all(Array.from({ length: PEOPLE }, person));
  return decided;
}
const decideSome = () => decide(DECISIONS, (executionId) => !isNew(executionId) && !late.has(executionId));

interface Gate {
  id: string;
  execution: string;
  job: string;
  title: string;
  status: string;
  creator: string;
}
const gatesAsked = () =>
  rows<Gate>(
    `select id, execution_id as execution, job_id as job, title, status, created_by as creator from approval_requests`,
  );

/** The processes that called jobs of a type, and for which executions. */
const callsBy = async (type: string) =>
  rows<{ pid: number; execution: string }>(
    `select distinct split_part(a.process, ':', 2)::int as pid, r.execution_id as execution
       from workflow_run_attempts a join workflow_runs r on r.id = a.run_id
       join workflow_run_jobs j on j.run_id = a.run_id and j.job_id = a.job_id where j.type = $1`,
    [type],
  );

/** The sentences that jobs wait with for a handler, by execution. */
const waitingForHandler = async () =>
  new Map(
    (
      await rows<{ execution: string; reason: string }>(
        `select r.execution_id as execution, j.waiting_reason as reason
           from workflow_run_jobs j join workflow_runs r on r.id = j.run_id where j.waiting_for = 'HANDLER'`,
      )
    ).map(({ execution, reason }) => [execution, reason]),
  );
const running = async () =>
  (await rows<{ id: string }>("select execution_id as id from workflow_runs where status = 'RUNNING'")).map(
    ({ id }) => id,
  );
/** The number of gates of these executions that wait for a request that their rows name. */
const notedGates = (prefix: string) =>
  count(
    `select count(*) from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
      where j.request_id is not null and r.execution_id like '${prefix}%'`,
  );
/**
 * Whether each run waits for people or for a handler. A process that is killed between the creation of a request and the
 * note in the job's row leaves a request that another identity does not find again.
 */
const isQuiet = async () =>
  (await count(
    `select count(*) from workflow_runs r where r.status = 'RUNNING' and not exists (
       select from workflow_run_jobs j left join approval_requests q on q.id = j.request_id
        where j.run_id = r.id and (j.waiting_for = 'HANDLER' or (j.status = 'RUNNING' and q.status = 'PENDING')))`,
  )) === 0;
const nobodyHas = (type: string) =>
  `No process of the orchestrator "countersign" has a handler for the type "${type}".`;

test(`${RUNS} runs end as their decisions say while all processes are replaced by another version`, async () => {
  const part = Math.ceil(RUNS / 3);
  const [a, b, c] = await Promise.all([
    version(1, OLD.slice(0, part)),
    version(1, OLD.slice(part, 2 * part)),
    version(1, OLD.slice(2 * part)),
  ]);
  await until(async () => (await notedGates("run-")) === RUNS);

  // The first process of version 2 starts runs of its own.
  const first = await version(2, NEW);
  const [stopped] = await Promise.all([a.end("SIGTERM"), decideSome()]);
  expect(stopped).toMatchObject({ code: 0 });
  await until(async () => (await notedGates("new-")) === NEW_RUNS);

  await until(isQuiet);
  // It crashes, so no process has a handler for what these runs reach, and they wait.
  await Promise.all([first.end("SIGKILL"), decideSome()]);
  const orphans = NEW.map(([, executionId]) => executionId)
    .filter((executionId) => isApproved(executionId, "review"))
    .slice(0, 5);
  await decide(orphans.length, (executionId) => orphans.includes(executionId));
  await until(async () => {
    const reasons = await waitingForHandler();
    return orphans.every((executionId) => reasons.get(executionId) === nobodyHas("announce"));
  });
  const d = await version(2);
  await until(async () => !(await running()).some((executionId) => orphans.includes(executionId)));

  await until(isQuiet);
  const [e] = await Promise.all([version(2), b.end("SIGKILL"), decideSome()]);
  const [f, last] = await Promise.all([version(2), c.end("SIGTERM"), decideSome()]);
  expect(last).toMatchObject({ code: 0 });

  // No process of version 1 is left. Runs that need one wait with that reason; all others end.
  let stranded: string[] = [];
  await until(async () => {
    if ((await decide(RUNS, (executionId) => !late.has(executionId))) > 0) return false;
    const reasons = await waitingForHandler();
    stranded = [...reasons.keys()];
    return (await running()).every((id) => late.has(id) || reasons.get(id) === nobodyHas("archive"));
  });
  expect(stranded.length).toBeGreaterThan(0);
  expect(archived).toEqual(expect.arrayContaining(stranded));

  // One process of version 1 comes back. Runs that reach its type later, in processes of version 2, go to it as well.
  const back = await version(1);
  await until(async () => {
    await decide(RUNS, () => true);
    return (await running()).length === 0;
  });
  // The engine records the end of a run after the run's row.
  const recorded = "select count(*) from countersign_engine.workflow_status where status = 'SUCCESS'";
  await until(async () => (await count(recorded)) === ALL.length);
  for (const process of [d, e, f, back]) expect(await process.end("SIGTERM")).toMatchObject({ code: 0 });

  const requests = await gatesAsked();
  for (const [document, executionId] of ALL) {
    const asked = requests.filter(({ execution }) => execution === executionId);
    const rejected = ["review", "production"].find((gateId) => !isApproved(executionId, gateId));
    const isOver = isNew(executionId) && rejected !== "review" ? undefined : rejected;
    const position = document.jobs.findIndex(({ id }) => id === isOver);
    const begun = isOver === undefined ? document.jobs : document.jobs.slice(0, position + 1);
    const isGate = ({ type }: { type: string }) => type === "approval";
    const jobs = await jobsOf(core.pool, executionId);
    const why = JSON.stringify(jobs);
    // Each gate has created one request, and ended as people decided.
    expect(asked.map(({ job, status }) => [job, status]).toSorted(), why).toEqual(
      begun
        .filter(isGate)
        .map(({ id }) => [id, id === isOver ? "REJECTED" : "APPROVED"])
        .toSorted(),
    );
    expect(await effectsOf(core.pool, executionId), why).toEqual(
      begun
        .filter((job) => !isGate(job))
        .map(({ id }) => id)
        .toSorted(),
    );
    // The rejection is the only failure.
    expect(
      Object.values(jobs).map(({ status }) => status),
      why,
    ).toEqual(
      document.jobs.map(({ id }, n) => (id === isOver ? "FAILED" : n < begun.length ? "SUCCEEDED" : "SKIPPED")),
    );
    if (isOver !== undefined) expect(jobs[isOver]).toMatchObject({ error: "Rejected by bob: read." });
  }
  const ends = "select count(*) from workflow_runs where status = ";
  const failed = ALL.length - (await count(`${ends}'SUCCEEDED'`));
  expect(await count(`${ends}'FAILED'`)).toBe(failed);
  expect(await count("select count(*) from ends")).toBe(ALL.reduce((sum, [{ jobs }]) => sum + jobs.length, 0));

  // A request keeps its texts and its creator; later requests have those of the version that creates them.
  for (const { title, creator, execution } of requests) {
    expect(title).toMatch(
      creator === "service-1" ? /^Version 1: May .* It is after \w+\.$/ : /^Version 2: .* {"\w+":{"job":/,
    );
    if (isNew(execution)) expect(title).toContain("Shall all customers get this build?");
  }
  expect(requests.filter(({ creator, job }) => creator === "service-1" && job === "review")).toHaveLength(RUNS);
  expect(requests.some(({ creator, job }) => creator === "service-2" && job === "production")).toBe(true);

  // Each type was called only in a process with its handler, and the late runs moved to such a process.
  const pids = (processes: { pid: number }[]) => processes.map(({ pid }) => pid);
  const archives = await callsBy("archive");
  expect(pids([a, b, c, back])).toEqual(expect.arrayContaining(pids(archives)));
  expect(pids([first, d, e, f])).toEqual(expect.arrayContaining(pids(await callsBy("announce"))));
  const handedOver = archives.filter(({ pid, execution }) => pid === back.pid && late.has(execution));
  expect(handedOver.length).toBeGreaterThan(0);

  const [longest] = await rows<{ ms: number }>(
    `select max(extract(epoch from j.ended_at - q.decided_at) * 1000)::int as ms
       from workflow_run_jobs j join approval_requests q on q.id = j.request_id`,
  );
  const effects = await count("select count(*) from effects");
  console.log(
    `${ALL.length} runs, ${failed} rejected; 3 processes of version 1 replaced, 1 of version 2 killed; ${effects} effects by ` +
      `${await count("select count(*) from calls")} calls; ${stranded.length} runs waited for a handler that no process had; ` +
      `at most ${longest?.ms} ms from a decision to the end of its gate`,
  );
}, 600_000);
