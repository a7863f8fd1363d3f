/**
 * One transaction for the commands of a tick. Commands that arrive while earlier ones are in flight are collected and
 * run together on one connection: two round trips for the batch, one NOTIFY, one flush of the log. A command alone is
 * a batch of one and waits for nobody.
 */

import type { Pool, PoolClient } from "pg";
import { v7 as uuidv7 } from "uuid";
import { databaseNow, lockDueRequests, lockRequests } from "../db/queries/requests.ts";
import { type AuditRow, type BatchWrite, type BatchWritten, writeBatch } from "../db/queries/write.ts";
import { isConnectionError, TransactionAborted } from "../db/transaction.ts";
import { CommandError, NotFoundError } from "../errors.ts";
import type { Effects } from "./lifecycle.ts";
import type { ApprovalComment, ApprovalRequest, Caller } from "./model.ts";

/** One thing asked of one request. */
export interface Command {
  /** One command for each key in a batch, and in flight: the request's id, or the key of a new one. */
  key: string;
  /** The row to lock; left out for a new request. */
  requestId?: string;
  caller: Caller | null;
  /** Pure: what the command does to the row as it is under the lock. Throws the error that answers it. */
  decide(request: ApprovalRequest | undefined, now: Date): Effects;
}

/** What became of a command. `created` is false when the key of a new request was taken; nothing was written then. */
export interface Outcome {
  request: ApprovalRequest;
  changed: boolean;
  created: boolean;
  comment?: ApprovalComment;
}

/**
 * Work that must commit with a batch (rows of the outbox, say); called between the write and the COMMIT, which follows in
 * the same pipeline: a sink sends its queries before it first awaits anything. A create whose key turns out to be taken
 * is among the effects as well, so what refers to a request selects it from `approval_requests`.
 */
export type Sink = (client: PoolClient, effects: readonly Effects[]) => Promise<unknown>;

export interface ExecutorOptions {
  pool: Pool;
  sinks?: readonly Sink[];
  /** `false` drops the audit detail: IP address, user agent and metadata. */
  auditDetail?: boolean;
  /** Most commands of one transaction; 1 turns batching off. */
  maxBatch?: number;
  /** Most transactions at a time. */
  maxInFlight?: number;
}

interface Job {
  command: Command;
  answered?: boolean;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}
interface Decided {
  job: Job;
  effects: Effects;
  comment?: ApprovalComment;
}

export function createExecutor(options: ExecutorOptions) {
  const { pool, sinks = [], auditDetail = true, maxBatch = 200, maxInFlight = 2 } = options;
  let waiting: Job[] = [];
  const keysInFlight = new Set<string>();
  let inFlight = 0;
  let scheduled = false;

  function execute(command: Command): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      waiting.push({ command, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        startBatches();
      });
    });
  }

  function startBatches(): void {
    while (inFlight < maxInFlight && waiting.length > 0) {
      const batch: Job[] = [];
      const later: Job[] = [];
      for (const job of waiting) {
        const fits = batch.length < maxBatch && !keysInFlight.has(job.command.key);
        if (fits) keysInFlight.add(job.command.key);
        (fits ? batch : later).push(job);
      }
      waiting = later;
      if (batch.length === 0) return;
      inFlight += 1;
      void run(batch).finally(() => {
        inFlight -= 1;
        for (const job of batch) keysInFlight.delete(job.command.key);
        startBatches();
      });
    }
  }

  async function run(batch: Job[]): Promise<void> {
    try {
      await transact(
        (client) => lockRequests(client, requestIdsOf(batch)),
        (rows, now) => decideAll(batch, rows, now),
      );
    } catch (error) {
      // A batch that the database refuses is run again one by one, so that only the culprit fails.
      const open = batch.filter((job) => !job.answered);
      if (batch.length > 1 && !isConnectionError(error)) for (const job of open) await run([job]);
      else for (const job of open) job.reject(error);
    }
  }

  /** Locks, decides and writes in one transaction; answers the commands once it is committed. */
  async function transact(
    lock: (client: PoolClient) => Promise<ApprovalRequest[]>,
    decideRows: (rows: ApprovalRequest[], now: Date) => Decided[],
  ): Promise<Decided[]> {
    const { client, rows, now } = await begin(lock);
    let failure: Error | undefined;
    try {
      const decided = decideRows(rows, now);
      const writing = decided.filter(({ effects }) => effects.events.length > 0);
      const written = writing.length > 0 ? writeBatch(client, batchOf(writing, now)) : Promise.resolve(NOTHING_WRITTEN);
      // A sink that throws leaves nobody to look at this one.
      written.catch(ignore);
      const effects = writing.map((one) => one.effects);
      const sunk = writing.length > 0 ? sinks.map((sink) => sink(client, effects)) : [];
      const committed = client.query("commit");
      const results = await Promise.allSettled([written, committed, ...sunk]);
      const refused = results.find((result) => result.status === "rejected");
      if (refused !== undefined) throw refused.reason;
      if ((await committed).command !== "COMMIT") throw new TransactionAborted();
      const { created, updatedAt } = await written;
      for (const one of decided) {
        const { job, comment } = one;
        const changedAt = updatedAt.get(one.effects.request.id);
        if (changedAt !== undefined) {
          one.effects = { ...one.effects, request: { ...one.effects.request, updatedAt: changedAt } };
        }
        const { request, events } = one.effects;
        job.answered = true;
        job.resolve({
          request,
          changed: events.length > 0,
          created: job.command.requestId === undefined && created.has(request.id),
          ...(comment && { comment }),
        });
      }
      return decided;
    } catch (error) {
      failure = await client.query("rollback").then(
        () => undefined,
        (cause) => cause,
      );
      throw error;
    } finally {
      release(client, failure);
    }
  }

  /** A connection that the server closed while it was idle is met at BEGIN, before anything was done: take another. */
  async function begin(lock: (client: PoolClient) => Promise<ApprovalRequest[]>) {
    for (let attempt = 1; ; attempt += 1) {
      const client = await pool.connect();
      client.on("error", ignore);
      try {
        const [, rows, now] = await Promise.all([client.query("begin"), lock(client), databaseNow(client)]);
        return { client, rows, now };
      } catch (error) {
        release(client, error as Error);
        if (attempt >= 3 || !isConnectionError(error)) throw error;
      }
    }
  }

  function release(client: PoolClient, failure?: Error): void {
    client.off("error", ignore);
    client.release(failure);
  }

  function batchOf(decided: readonly Decided[], now: Date): BatchWrite {
    const write: BatchWrite = { creates: [], updates: [], decisions: [], comments: [], audit: [] };
    for (const { job, effects, comment } of decided) {
      const { request } = effects;
      const caller = job.command.caller;
      if (job.command.requestId === undefined) write.creates.push(request);
      else if (comment === undefined) write.updates.push(request);
      if (effects.decision !== undefined) {
        const approver = (caller as Caller).viewer.userId;
        write.decisions.push({ ...effects.decision, approvalRequestId: request.id, approver, decidedAt: now });
      }
      if (comment !== undefined) write.comments.push(comment);
      for (const event of effects.events) write.audit.push(auditRow(event, caller, now));
    }
    return write;
  }

  function auditRow(event: Effects["events"][number], caller: Caller | null, now: Date): AuditRow {
    const actor = event.byCaller ? caller : null;
    return {
      approvalRequestId: event.requestId,
      action: event.action,
      userId: actor?.viewer.userId ?? null,
      userEmail: actor?.viewer.email ?? null,
      ipAddress: auditDetail ? (actor?.ipAddress ?? null) : null,
      userAgent: auditDetail ? (actor?.userAgent ?? null) : null,
      oldStatus: event.oldStatus,
      newStatus: event.newStatus,
      comment: event.comment,
      metadata: auditDetail ? event.metadata : {},
      createdAt: now,
    };
  }

  /**
   * Finishes what is due: locks up to `limit` requests past their time and applies `decide` to each. Where the database
   * refuses them together they are done each by itself, so that one of them does not hold up all the others for ever.
   * @returns the requests that were changed, and what was thrown for those that could not be
   */
  async function executeDue(limit: number, decide: (request: ApprovalRequest, now: Date) => Effects): Promise<Ended> {
    try {
      const decided = await transact(
        (client) => lockDueRequests(client, limit),
        (rows, now) =>
          rows.map((row) => {
            const command: Command = { key: row.id, requestId: row.id, caller: null, decide: () => decide(row, now) };
            return { job: { command, resolve: ignore, reject: ignore }, effects: decide(row, now) };
          }),
      );
      const changed = decided.filter(({ effects }) => effects.events.length > 0).map(({ effects }) => effects.request);
      return { changed, refused: [] };
    } catch (error) {
      if (isConnectionError(error)) throw error;
    }
    const due = await lockDueRequests(pool, limit);
    const results = await Promise.allSettled(
      due.map(({ id }) =>
        execute({ key: id, requestId: id, caller: null, decide: (row, now) => decide(present(row), now) }),
      ),
    );
    const done = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    return {
      changed: done.filter((outcome) => outcome.changed).map((outcome) => outcome.request),
      refused: results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])),
    };
  }

  return { execute, executeDue };
}
export type Executor = ReturnType<typeof createExecutor>;

/** What became of requests whose time was over. */
export interface Ended {
  changed: ApprovalRequest[];
  refused: unknown[];
}

function present(row: ApprovalRequest | undefined): ApprovalRequest {
  if (row === undefined) throw new NotFoundError();
  return row;
}

const ignore = () => {};
const NOTHING_WRITTEN: BatchWritten = { created: new Set(), updatedAt: new Map() };

const requestIdsOf = (batch: readonly Job[]): string[] =>
  batch.flatMap(({ command }) => (command.requestId === undefined ? [] : [command.requestId]));

/** Each command by itself: one that fails is answered at once and leaves its neighbours alone. */
function decideAll(batch: readonly Job[], rows: readonly ApprovalRequest[], now: Date): Decided[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const decided: Decided[] = [];
  for (const job of batch) {
    const { requestId, caller } = job.command;
    try {
      const effects = job.command.decide(requestId === undefined ? undefined : byId.get(requestId), now);
      const comment = effects.comment && {
        id: uuidv7(),
        approvalRequestId: effects.request.id,
        author: (caller as Caller).viewer.userId,
        body: effects.comment.body,
        createdAt: now,
      };
      decided.push({ job, effects, ...(comment && { comment }) });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      job.answered = true;
      job.reject(error);
    }
  }
  return decided;
}
