/**
 * Batches the reads of one turn of the event loop into one query. The loaders belong to the process and cache nothing: each
 * read is fresh. If 5,000 subscribers are notified at once, reading their fields takes a few queries.
 */

import DataLoader from "dataloader";
import type {
  ApprovalAuditLog,
  ApprovalCondition,
  ApproverDecision,
  CommentHead,
  Json,
  JsonObject,
  RequestContent,
  RequestHead,
} from "../model/approvals.ts";
import type { Addressee } from "../model/notifications.ts";
import type { LogLine, RunMove, RunRetry, RunState, WorkflowDefinition } from "../model/runs.ts";
import type { PersonOf } from "../model/same-person.ts";
import type { Pool } from "./pool.ts";
import { addresseesById } from "./queries/audience.ts";
import { auditById, auditTexts } from "./queries/audit.ts";
import { commentBodies, commentsById, newestComments } from "./queries/comments.ts";
import { type DecisionKey, decisionTexts, shortDecisionsOf } from "./queries/decisions.ts";
import type { Page } from "./queries/find-page.ts";
import { personsNamed } from "./queries/known-people.ts";
import { requestConditions, requestContents, requestHeadsById } from "./queries/requests.ts";
import { type AttemptState, attemptsOfRuns, type LogPage, logLengthsOfRuns, logPages } from "./queries/run-history.ts";
import { type ItemCount, type ItemState, itemCountsOfRuns, itemsOfRuns } from "./queries/run-items.ts";
import {
  type CheckpointHead,
  checkpointHeads,
  checkpointHeadsOfRequests,
  checkpointHeadsOfRuns,
  definitionBytesOfRuns,
  inputBytesOfRuns,
  jobStatesOfRuns,
  outputBytesOfRuns,
  outputsOfRuns,
  type RunBytes,
  type RunJobState,
  type RunRequest,
  requestsOfRuns,
  runsOfRequests,
} from "./queries/run-lists.ts";
import { movesOfRuns } from "./queries/run-moves.ts";
import { retriesOfRuns } from "./queries/run-retries.ts";
import { runsStartedBy } from "./queries/sub-runs.ts";
import { definitionsOfRuns, inputsOfRuns, runsById } from "./queries/workflow-runs.ts";
import type { Queryable } from "./query.ts";

/** Sends at the end of the turn, so that reads of several messages or timers of one turn share a query. */
const OPTIONS = { cache: false, maxBatchSize: 1_000, batchScheduleFn: (send: () => void) => void setImmediate(send) };

/** Ids must be well-formed. An unknown id loads as null. */
export interface Loaders {
  requests: DataLoader<string, RequestHead | null>;
  /** The fields of a request that may be long. Load only what fits into the operation's budget. */
  contents: DataLoader<string, (RequestContent & { id: string }) | null>;
  conditions: DataLoader<string, { id: string; autoApproveConditions: ApprovalCondition[] } | null>;
  /** The decisions on a request, in order. */
  decisions: DataLoader<string, ApproverDecision[]>;
  /** Comment and reason of a decision, if they are long. */
  decisionTexts: DataLoader<DecisionKey, Pick<ApproverDecision, "comment" | "reason"> | null>;
  /** Comment and metadata of an entry of the log, if they are long. */
  auditTexts: DataLoader<string, Pick<ApprovalAuditLog, "id" | "comment" | "metadata"> | null>;
  /** The sizes of a run's document, its input and the output of all its jobs. */
  runDefinitionBytes: DataLoader<string, RunBytes | null>;
  runInputBytes: DataLoader<string, RunBytes | null>;
  runOutputBytes: DataLoader<string, RunBytes | null>;
  comments: DataLoader<string, CommentHead | null>;
  commentBodies: DataLoader<string, { id: string; body: string } | null>;
  /** The newest comments on a request, oldest first. */
  conversations: DataLoader<Conversation, CommentHead[]>;
  auditEntries: DataLoader<string, ApprovalAuditLog | null>;
  /** People in the directory, by id or address. */
  people: DataLoader<string, Addressee | null>;
  /** Which names are the same person as one of the given names. */
  persons: DataLoader<readonly string[], PersonOf>;
  runs: DataLoader<string, RunState | null>;
  /** The document of a run. */
  runDefinitions: DataLoader<string, { id: string; definition: WorkflowDefinition } | null>;
  /** The input of a run. */
  runInputs: DataLoader<string, { id: string; input: JsonObject } | null>;
  /** The requests that a run's jobs have created, in the order of its document. */
  runRequests: DataLoader<string, RunRequest[]>;
  /** The jobs of a run, in the order of its document. */
  runJobs: DataLoader<string, RunJobState[]>;
  /** The items of a run's jobs, in the order of each job's list, and their number by status. */
  runItems: DataLoader<string, ItemState[]>;
  runItemCounts: DataLoader<string, ItemCount[]>;
  /** The outputs of a run's jobs, by the job's id. */
  runOutputs: DataLoader<string, ReadonlyMap<string, Json>>;
  /** The newest attempts of a run's jobs, in order within each job. */
  runAttempts: DataLoader<string, AttemptState[]>;
  /** The retries of a run's jobs, in order. */
  runRetries: DataLoader<string, RunRetry[]>;
  /** The moves of a run to other versions of its document, in order. */
  runMoves: DataLoader<string, RunMove[]>;
  /** The number of lines that a run's jobs have logged, by the job's id. */
  runLogLengths: DataLoader<string, ReadonlyMap<string, number>>;
  /** Pages of logs. The pages of one turn share a limit. */
  runLogPages: DataLoader<LogPage, Page<LogLine>>;
  /** The runs that jobs of a run have started, oldest first. */
  runsStartedBy: DataLoader<string, RunState[]>;
  /** The run that created a request. */
  runOfRequest: DataLoader<string, RunState | null>;
  checkpoints: DataLoader<string, CheckpointHead | null>;
  /** The checkpoints that were stored before jobs of a run created their requests. */
  checkpointsOfRun: DataLoader<string, (CheckpointHead & { runId: string; jobId: string })[]>;
  /** The checkpoint that was stored before a request was created. */
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

/** The newest comments on a request. */
export interface Conversation {
  requestId: string;
  last: number;
}

/** Sends one query for each length, which is nearly always the same. */
function newestOfRequests(pool: Pool) {
  return new DataLoader<Conversation, CommentHead[]>(async (conversations) => {
    const byLength = Map.groupBy(conversations, ({ last }) => last);
    const read = await Promise.all(
      [...byLength].map(async ([last, some]) => {
        const ids = [...new Set(some.map(({ requestId }) => requestId))];
        const rows = await newestComments(pool, ids, last);
        return [last, Map.groupBy(rows, ({ approvalRequestId }) => approvalRequestId)] as const;
      }),
    );
    const found = new Map(read);
    return conversations.map(({ requestId, last }) => found.get(last)?.get(requestId) ?? []);
  }, OPTIONS);
}

function textsOfDecisions(pool: Pool) {
  const nameOf = ({ approvalRequestId, approver }: DecisionKey) => `${approvalRequestId} ${approver}`;
  return new DataLoader<DecisionKey, Pick<ApproverDecision, "comment" | "reason"> | null>(async (keys) => {
    const found = new Map((await decisionTexts(pool, keys)).map((row) => [nameOf(row), row]));
    return keys.map((key) => found.get(nameOf(key)) ?? null);
  }, OPTIONS);
}

function outputsByRun(pool: Pool) {
  return new DataLoader<string, ReadonlyMap<string, Json>>(async (ids) => {
    const found = Map.groupBy(await outputsOfRuns(pool, [...new Set(ids)]), ({ runId }) => runId);
    return ids.map((id) => new Map(found.get(id)?.map(({ jobId, output }) => [jobId, output])));
  }, OPTIONS);
}

function logLengthsByRun(pool: Pool) {
  return new DataLoader<string, ReadonlyMap<string, number>>(async (ids) => {
    const found = Map.groupBy(await logLengthsOfRuns(pool, [...new Set(ids)]), ({ runId }) => runId);
    return ids.map((id) => new Map(found.get(id)?.map(({ jobId, lines }) => [jobId, lines])));
  }, OPTIONS);
}

/**
 * Timeout for the read of a subscriber, in ms. On a half-open connection the read then fails, the pool drops its idle
 * connections, and the subscriber reads again over a new one.
 */
const READ_WITHIN_MS = 3_000;

/** The pool, with that timeout for each query. */
function bounded(pool: Pool): Queryable {
  const query = (config: object) => pool.query({ ...config, query_timeout: READ_WITHIN_MS } as unknown as string);
  return { query } as unknown as Queryable;
}

export function createLoaders(pool: Pool): Loaders {
  const reading = bounded(pool);
  return {
    requests: byId((ids) => requestHeadsById(reading, ids)),
    contents: byId((ids) => requestContents(pool, ids)),
    conditions: byId((ids) => requestConditions(pool, ids)),
    comments: byId((ids) => commentsById(pool, ids)),
    auditEntries: byId((ids) => auditById(pool, ids)),
    people: byId((ids) => addresseesById(pool, ids)),
    persons: new DataLoader<readonly string[], PersonOf>(async (groups) => {
      const personOf = await personsNamed(pool, groups.flat());
      return groups.map(() => personOf);
    }, OPTIONS),
    decisions: byRequest((ids) => shortDecisionsOf(pool, ids)),
    decisionTexts: textsOfDecisions(pool),
    auditTexts: byId((ids) => auditTexts(pool, ids)),
    runDefinitionBytes: byId((ids) => definitionBytesOfRuns(pool, ids)),
    runOutputBytes: byId((ids) => outputBytesOfRuns(pool, ids)),
    commentBodies: byId((ids) => commentBodies(pool, ids)),
    conversations: newestOfRequests(pool),
    runs: byId((ids) => runsById(reading, ids)),
    runDefinitions: byId((ids) => definitionsOfRuns(pool, ids)),
    runInputs: byId((ids) => inputsOfRuns(pool, ids)),
    runInputBytes: byId((ids) => inputBytesOfRuns(reading, ids)),
    runRequests: allBy(
      ({ runId }) => runId,
      (ids) => requestsOfRuns(pool, ids),
    ),
    runJobs: allBy(
      ({ runId }) => runId,
      (ids) => jobStatesOfRuns(pool, ids),
    ),
    runItems: allBy(
      ({ runId }) => runId,
      (ids) => itemsOfRuns(pool, ids),
    ),
    runItemCounts: allBy(
      ({ runId }) => runId,
      (ids) => itemCountsOfRuns(pool, ids),
    ),
    runOutputs: outputsByRun(pool),
    runAttempts: allBy(
      ({ runId }) => runId,
      (ids) => attemptsOfRuns(pool, ids),
    ),
    runRetries: allBy(
      ({ runId }) => runId,
      (ids) => retriesOfRuns(pool, ids),
    ),
    runMoves: allBy(
      ({ runId }) => runId,
      (ids) => movesOfRuns(pool, ids),
    ),
    runLogLengths: logLengthsByRun(pool),
    runLogPages: new DataLoader<LogPage, Page<LogLine>>((pages) => logPages(pool, pages), OPTIONS),
    runsStartedBy: allBy(
      ({ parentRunId }) => parentRunId ?? "",
      (ids) => runsStartedBy(pool, ids),
    ),
    runOfRequest: oneOfRequest((ids) => runsOfRequests(pool, ids)),
    checkpoints: byId((ids) => checkpointHeads(pool, ids)),
    checkpointsOfRun: allBy(
      ({ runId }) => runId,
      (ids) => checkpointHeadsOfRuns(pool, ids),
    ),
    checkpointOfRequest: oneOfRequest((ids) => checkpointHeadsOfRequests(pool, ids)),
  };
}
