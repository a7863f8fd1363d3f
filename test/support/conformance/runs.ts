/** The surfaces that show runs of workflows: each of the requests belongs to a run of its own. */

import type { Pool } from "../../../src/db/pool.ts";
import type { Data } from "../graphql/graphql.ts";
import { type Asker, TopLevel, type Transport } from "./asker.ts";
import { type PolicyName, policyNames } from "./cases.ts";
import type { Reading, Samples } from "./reads.ts";

/** Has a run ask each of these requests. The run has the id of its request. */
export async function runEach(pool: Pool, ids: readonly string[]): Promise<void> {
  await pool.query(
    `insert into workflow_runs (id, workflow_id, execution_id, definition)
     select id, workflow_id, execution_id, '{"id": "release"}' from approval_requests where id = any ($1)`,
    [ids],
  );
  await pool.query(
    `insert into workflow_run_jobs (run_id, job_id, position, type, status, output, error, reason, ended_at, request_id)
     select id, job_id, 0, 'approval', 'RUNNING', null::jsonb, null, null, null::timestamptz, id
       from approval_requests where id = any ($1)
      union all
     select id, 'before it', 1, 'script', 'FAILED', '"secret"', 'secret', 'secret', now(), null
       from approval_requests where id = any ($1)`,
    [ids],
  );
  await pool.query(
    `insert into workflow_run_logs (run_id, job_id, line, attempt, level, message)
     select run_id, job_id, 1, 1, 'info', 'secret' from workflow_run_jobs where job_id = 'before it'`,
  );
}

const RUN = "id status definition waitingFor { id } jobs { id status output error reason request { id } }";
const BARE = "run_".length;

/** The policies of the shown runs, each with the one request that it waits for. */
function policiesOfRuns(runs: readonly Data[], { ids, sentinel }: Samples): PolicyName[] {
  const known = new Map(policyNames.map((policy) => [ids[policy] as string, policy]));
  const found = runs
    .filter((run) => run.id.slice(BARE) !== sentinel)
    .map((run) => {
      const id = run.id.slice(BARE);
      const policy = known.get(id);
      if (policy === undefined) throw new Error(`shows the run of nobody: ${id}`);
      if (run.waitingFor[0]?.id !== id) throw new Error("shows a run without the request that holds it");
      return policy;
    });
  return policyNames.filter((policy) => found.includes(policy));
}

const hasDetail = ({ definition, jobs }: Data) =>
  definition !== null ||
  jobs.some(({ output, error, reason }: Data) => output !== null || error !== null || reason !== null);

const runsOf = async (asker: Asker): Promise<Data[]> => {
  const { workflowRuns } = await asker.graphql(`{ workflowRuns(first: 100) { totalCount edges { node { ${RUN} } } } }`);
  if (workflowRuns.edges.length !== workflowRuns.totalCount) throw new Error("the count and the list differ");
  return workflowRuns.edges.map(({ node }: Data) => node);
};

/** Of the runs one by one those that an asking finds. */
async function each({ ids }: Samples, find: (id: string) => Promise<Data | null>): Promise<Data[]> {
  const found = await Promise.all(policyNames.map((policy) => find(ids[policy])));
  return found.filter((run) => run !== null);
}

async function followed(asker: Asker, transport: Transport, id: string): Promise<Data | null> {
  const query = `subscription ($id: ID!) { workflowRunUpdated(id: $id) { ${RUN} } }`;
  try {
    for await (const { workflowRunUpdated } of asker.follow(transport, query, { id })) return workflowRunUpdated;
  } catch (error) {
    if (!(error instanceof TopLevel && error.code === "NOT_FOUND")) throw error;
    return null;
  }
  throw new Error("the stream ended without a word");
}

async function byRest(asker: Asker, path: string): Promise<Data | null> {
  const { status, body } = await asker.rest("GET", path);
  if (status !== 200 && !(status === 404 && body.code === "NOT_FOUND")) throw new Error(`answered ${status}`);
  return status === 200 ? body : null;
}

/** Ways to the runs that somebody sees. */
const WAYS: readonly { name: string; covers: string; runs(asker: Asker, shown: Samples): Promise<Data[]> }[] = [
  { name: "the list of runs", covers: "Query.workflowRuns", runs: runsOf },
  {
    name: "one run",
    covers: "Query.workflowRun",
    runs: (asker, shown) =>
      each(shown, async (id) => (await asker.graphql(`{ workflowRun(id: "${id}") { ${RUN} } }`)).workflowRun),
  },
  {
    name: "a run as a node",
    covers: "Query.node",
    runs: (asker, shown) =>
      each(
        shown,
        async (id) => (await asker.graphql(`{ node(id: "run_${id}") { ... on WorkflowRun { ${RUN} } } }`)).node,
      ),
  },
  {
    name: "the run of a request",
    covers: "Query.approvalRequest",
    runs: (asker, shown) =>
      each(shown, async (id) => {
        const { approvalRequest } = await asker.graphql(`{ approvalRequest(id: "${id}") { run { ${RUN} } } }`);
        return approvalRequest?.run ?? null;
      }),
  },
  ...(["WebSocket", "SSE"] as const).map((transport) => ({
    name: "a run, live",
    covers: `Subscription.workflowRunUpdated over ${transport}`,
    runs: (asker: Asker, shown: Samples) => each(shown, (id) => followed(asker, transport, id)),
  })),
  {
    name: "one run by REST",
    covers: "GET /api/runs/{id}",
    runs: (asker, shown) => each(shown, (id) => byRest(asker, `/runs/${id}`)),
  },
  {
    name: "the long poll of a run",
    covers: "GET /api/runs/{id} (wait)",
    runs: (asker, shown) => each(shown, (id) => byRest(asker, `/runs/${id}?wait=60&afterVersion=0`)),
  },
];

const LOG = (id: string) => `runId: "${id}", jobId: "before it"`;

/** Ways to what a job of a run has logged. Each says whether it shows a line. */
const LOGS: readonly { name: string; covers: string; isShown(asker: Asker, id: string): Promise<boolean> }[] = [
  {
    name: "the log of a job",
    covers: "Query.workflowRunLog",
    async isShown(asker, id) {
      const { workflowRunLog } = await asker.graphql(`{ workflowRunLog(${LOG(id)}) { edges { node { message } } } }`);
      return (workflowRunLog?.edges.length ?? 0) > 0;
    },
  },
  {
    name: "the log of a job by REST",
    covers: "GET /api/runs/{id}/log",
    isShown: async (asker, id) => (await byRest(asker, `/runs/${id}/log?jobId=before%20it`))?.items.length > 0,
  },
  ...(["WebSocket", "SSE"] as const).map((transport) => ({
    name: "the log of a job, live",
    covers: `Subscription.workflowRunLogAdded over ${transport}`,
    async isShown(asker: Asker, id: string) {
      const query = `subscription { workflowRunLogAdded(${LOG(id)}, afterLine: 0) { message } }`;
      try {
        for await (const _line of asker.follow(transport, query, {})) return true;
      } catch (error) {
        if (!(error instanceof TopLevel && error.code === "NOT_FOUND")) throw error;
      }
      return false;
    },
  })),
];

export const RUN_READINGS: readonly Reading[] = [
  ...WAYS.flatMap(({ name, covers, runs }): Reading[] => [
    { name, covers, right: "see", ask: async (asker, shown) => policiesOfRuns(await runs(asker, shown), shown) },
    {
      name: `what passes through it, of ${name}`,
      covers,
      right: "run detail",
      ask: async (asker, shown) => policiesOfRuns((await runs(asker, shown)).filter(hasDetail), shown),
    },
  ]),
  ...LOGS.map(
    ({ name, covers, isShown }): Reading => ({
      name,
      covers,
      right: "run detail",
      async ask(asker, { ids }) {
        const shown = await Promise.all(policyNames.map((policy) => isShown(asker, ids[policy])));
        return policyNames.filter((_policy, index) => shown[index]);
      },
    }),
  ),
  {
    name: "the list of runs by REST",
    covers: "GET /api/runs",
    right: "see",
    ask: async (asker, shown) => policiesOfRuns((await asker.rest("GET", "/runs?first=100")).body.items, shown),
  },
];
