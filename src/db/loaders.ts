/**
 * Reads of one turn of the event loop as one query. The loaders belong to the process and keep nothing: every read is
 * fresh, and the fields of 5,000 waiters that are woken together cost a handful of queries.
 */

import DataLoader from "dataloader";
import type { ApprovalAuditLog, ApprovalComment, ApprovalRequest, ApproverDecision, Json } from "../approvals/model.ts";
import type { Addressee } from "../approvals/notification-model.ts";
import type { PersonOf } from "../approvals/same-person.ts";
import type { RunState, WorkflowDefinition } from "../approvals/workflow-run-model.ts";
import type { Pool } from "./pool.ts";
import { addresseesById } from "./queries/audience.ts";
import { auditById } from "./queries/audit.ts";
import { commentsById, commentsOf } from "./queries/comments.ts";
import { decisionsOf } from "./queries/decisions.ts";
import { personsNamed } from "./queries/known-people.ts";
import { requestsById } from "./queries/requests.ts";
import {
  type CheckpointHead,
  checkpointHeads,
  checkpointHeadsOfRequests,
  jobStatesOfRuns,
  outputsOfRuns,
  type RunJobState,
  type RunRequest,
  requestsOfRuns,
  runsOfRequests,
} from "./queries/run-lists.ts";
import { definitionsOfRuns, runsById } from "./queries/workflow-runs.ts";

/** The end of the event loop's turn, so that reads asked for by several messages or timers of one turn go together. */
const OPTIONS = { cache: false, maxBatchSize: 1_000, batchScheduleFn: (send: () => void) => void setImmediate(send) };

/** Well-formed ids only; an unknown one loads as null. */
export interface Loaders {
  requests: DataLoader<string, ApprovalRequest | null>;
  /** The decisions on a request, in the order in which they were made. */
  decisions: DataLoader<string, ApproverDecision[]>;
  comments: DataLoader<string, ApprovalComment | null>;
  /** The comments on a request, oldest first. */
  conversations: DataLoader<string, ApprovalComment[]>;
  auditEntries: DataLoader<string, ApprovalAuditLog | null>;
  /** People of the directory, by any text. */
  people: DataLoader<string, Addressee | null>;
  /** Which names are the same person as a name. */
  persons: DataLoader<string, PersonOf>;
  runs: DataLoader<string, RunState | null>;
  /** The document of a run. */
  runDefinitions: DataLoader<string, { id: string; definition: WorkflowDefinition } | null>;
  /** The requests that a run's jobs have asked, in the order of its document. */
  runRequests: DataLoader<string, RunRequest[]>;
  /** The jobs of a run, in the order of its document. */
  runJobs: DataLoader<string, RunJobState[]>;
  /** What the jobs of a run have put out, by the job's id. */
  runOutputs: DataLoader<string, ReadonlyMap<string, Json>>;
  /** The run that asked a request. */
  runOfRequest: DataLoader<string, RunState | null>;
  checkpoints: DataLoader<string, CheckpointHead | null>;
  /** The checkpoint that was kept before a request. */
  checkpointOfRequest: DataLoader<string, CheckpointHead | null>;
}

function byId<T extends { id: string }>(read: (ids: readonly string[]) => Promise<T[]>) {
  return new DataLoader<string, T | null>(async (ids) => {
    const found = new Map((await read([...new Set(ids)])).map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  }, OPTIONS);
}

/** All rows that belong to an id. */
function allBy<T>(keyOf: (row: T) => string, read: (ids: readonly string[]) => Promise<T[]>) {
  return new DataLoader<string, T[]>(async (ids) => {
    const found = Map.groupBy(await read([...new Set(ids)]), keyOf);
    return ids.map((id) => found.get(id) ?? []);
  }, OPTIONS);
}

const byRequest = <T extends { approvalRequestId: string }>(read: (ids: readonly string[]) => Promise<T[]>) =>
  allBy((row: T) => row.approvalRequestId, read);

/** The one row that belongs to a request. */
function oneOfRequest<T extends { requestId: string }>(read: (ids: readonly string[]) => Promise<T[]>) {
  return new DataLoader<string, T | null>(async (ids) => {
    const found = new Map((await read([...new Set(ids)])).map((row) => [row.requestId, row]));
    return ids.map((id) => found.get(id) ?? null);
  }, OPTIONS);
}

function outputsByRun(pool: Pool) {
  return new DataLoader<string, ReadonlyMap<string, Json>>(async (ids) => {
    const found = Map.groupBy(await outputsOfRuns(pool, [...new Set(ids)]), ({ runId }) => runId);
    return ids.map((id) => new Map(found.get(id)?.map(({ jobId, output }) => [jobId, output])));
  }, OPTIONS);
}

export function createLoaders(pool: Pool): Loaders {
  return {
    requests: byId((ids) => requestsById(pool, ids)),
    comments: byId((ids) => commentsById(pool, ids)),
    auditEntries: byId((ids) => auditById(pool, ids)),
    people: byId((ids) => addresseesById(pool, ids)),
    persons: new DataLoader<string, PersonOf>(async (names) => {
      const personOf = await personsNamed(pool, names);
      return names.map(() => personOf);
    }, OPTIONS),
    decisions: byRequest((ids) => decisionsOf(pool, ids)),
    conversations: byRequest((ids) => commentsOf(pool, ids)),
    runs: byId((ids) => runsById(pool, ids)),
    runDefinitions: byId((ids) => definitionsOfRuns(pool, ids)),
    runRequests: allBy(
      ({ runId }) => runId,
      (ids) => requestsOfRuns(pool, ids),
    ),
    runJobs: allBy(
      ({ runId }) => runId,
      (ids) => jobStatesOfRuns(pool, ids),
    ),
    runOutputs: outputsByRun(pool),
    runOfRequest: oneOfRequest((ids) => runsOfRequests(pool, ids)),
    checkpoints: byId((ids) => checkpointHeads(pool, ids)),
    checkpointOfRequest: oneOfRequest((ids) => checkpointHeadsOfRequests(pool, ids)),
  };
}
