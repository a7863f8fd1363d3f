/**
 * Runs commands in batches, one transaction for each batch. Commands that arrive while earlier ones are in flight are
 * collected and run together on one connection: two round trips for the batch, one NOTIFY, one flush of the log. A
 * single command is a batch of one and runs at once. A batch never waits for a locked row: if a row is locked, or if
 * the database rejects the batch, the commands concerned run one by one.
 */

import { isContention, isDatabaseUnavailable, unavailable } from "../../db/outages.ts";
import type { Pool } from "../../db/pool.ts";
import { idsInUse, type LockedRequest, lockFreeRequests, lockRequests } from "../../db/queries/requests.ts";
import type { Queryable } from "../../db/query.ts";
import type { ApprovalRequest } from "../../model/approvals.ts";
import { changesAnything, type Effects } from "../effects.ts";
import { requireRow } from "../lifecycle.ts";
import { outsideCounter, type RecipientLimits } from "../outside-recipients.ts";
import { applyAll, applyOne, type Command, type Outcome, type PendingCommand } from "./batch.ts";
import { NotCommitted } from "./commit-outcome.ts";
import { CommandQueue, type QueueOptions, type QueueStats } from "./queue.ts";
import { readForCommands, readForDue, requestIdsOf, type TransactionReads } from "./reads.ts";
import { SingleRunner } from "./single-runner.ts";
import { type TransactionOptions, transact } from "./transaction.ts";

export type { Command, Outcome } from "./batch.ts";

export interface ExecutorOptions extends Partial<Omit<TransactionOptions, "pool">>, QueueOptions {
  pool: Pool;
  /** Most commands of one transaction; 1 turns batching off. */
  maxBatch?: number;
  /** Most transactions at a time, not counting those of commands that run one by one. */
  maxInFlight?: number;
  /** How many people a command with `countsFor` may notify outside the app. Default: any number. */
  recipientLimits?: RecipientLimits;
}

export function createExecutor(options: ExecutorOptions) {
  const { pool, auditDetail = true, destinations = null, maxBatch = 200, maxInFlight = 2, recipientLimits } = options;
  const transaction = { pool, auditDetail, destinations, onChanged: options.onChanged ?? ignore };
  const readOptions = { isNotifying: destinations !== null, isCounting: recipientLimits !== undefined };
  const queue = new CommandQueue(options);
  const singleRunner = new SingleRunner({ run: runAlone, done: release });
  let inFlight = 0;
  let scheduled = false;
  let progressAt = performance.now();

  /** @throws UnavailableError if the database does not execute it in time */
  function execute(command: Command): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      queue.add(command, resolve, reject);
      schedule();
    });
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      startBatches();
    });
  }

  function release(pending: PendingCommand): void {
    queue.done(pending);
    if (!queue.isEmpty) schedule();
  }

  function startBatches(): void {
    while (inFlight < maxInFlight && !queue.isEmpty) {
      const batch = queue.take(maxBatch);
      if (batch.length === 0) return;
      inFlight += 1;
      void run(batch).then((rest) => {
        inFlight -= 1;
        for (const pending of batch) if (!rest.has(pending)) queue.done(pending);
        singleRunner.add([...rest]);
        startBatches();
      });
    }
  }

  /** @returns the commands that must run one by one; all others are answered */
  async function run(batch: PendingCommand[]): Promise<Set<PendingCommand>> {
    let locked = new Set<string>();
    const isLocked = ({ command }: PendingCommand) => command.requestId !== undefined && locked.has(command.requestId);
    try {
      await transact(
        transaction,
        (client) => {
          const ids = requestIdsOf(batch);
          const rows = lockFreeRequests(client, ids);
          const withLocked = rows.then(async (found) => {
            if (found.length < ids.length) locked = await lockedAmong(client, ids, found);
            return found;
          });
          return { rows: withLocked, reads: readForCommands(client, batch, readOptions) };
        },
        (rows, reads) =>
          apply(
            batch.filter((pending) => !isLocked(pending)),
            rows,
            reads,
          ),
      );
      progressAt = performance.now();
    } catch (error) {
      if (isDatabaseUnavailable(error) && !(error instanceof NotCommitted)) reject(batch, unavailable(error));
      // A retry alone would fail in the same way.
      else if (batch.length === 1 && !isContention(error) && !(error instanceof NotCommitted)) reject(batch, error);
    }
    const rest = batch.filter((pending) => !pending.answered);
    for (const pending of rest) if (isLocked(pending)) pending.isLocked = true;
    return new Set(rest);
  }

  /** The ids of requests that exist but were not free to lock. */
  async function lockedAmong(client: Queryable, ids: readonly string[], free: readonly LockedRequest[]) {
    const found = new Set(free.map(({ id }) => id));
    return idsInUse(
      client,
      ids.filter((id) => !found.has(id)),
    );
  }

  /** Runs one command, which waits for its row until the session's lock timeout. */
  async function runAlone(pending: PendingCommand): Promise<void> {
    await transact(
      transaction,
      (client) => ({
        rows: lockRequests(client, requestIdsOf([pending])),
        reads: readForCommands(client, [pending], readOptions),
      }),
      (rows, reads) => apply([pending], rows, reads),
    );
    progressAt = performance.now();
  }

  function apply(
    batch: readonly PendingCommand[],
    rows: readonly LockedRequest[],
    { people, audience, moment }: TransactionReads,
  ) {
    const { notified, ...known } = audience;
    const counter =
      recipientLimits && notified
        ? outsideCounter(recipientLimits, { ...known, personOf: people.personOf }, notified, moment.now)
        : undefined;
    return applyAll(batch, { rows, now: moment.now, people }, counter);
  }

  /**
   * Locks up to `limit` due requests and applies `applyDue` to each. If the database rejects them together, each is
   * executed alone, so that a single request does not block all others.
   * @returns the requests that were changed, and the errors of those that were not
   */
  async function executeDue(
    lockDue: (db: Queryable, limit: number) => Promise<LockedRequest[]>,
    limit: number,
    applyDue: (request: ApprovalRequest, now: Date) => Effects,
  ): Promise<DueOutcome> {
    try {
      const applied = await transact(
        transaction,
        (client) => {
          const rows = lockDue(client, limit);
          return { rows, reads: readForDue(client, rows, readOptions) };
        },
        (rows, { people, moment }) =>
          rows.map((row) => applyOne(clockCommand(row.id, applyDue), row, moment.now, people)),
      );
      const changed = applied.filter(({ effects }) => changesAnything(effects)).map(({ effects }) => effects.request);
      return { changed, failed: [] };
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
    }
    const due = await lockDue(pool, limit);
    const results = await Promise.allSettled(due.map(({ id }) => execute(clockCommand(id, applyDue).command)));
    const done = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    return {
      changed: done.filter((outcome) => outcome.changed).map((outcome) => outcome.request),
      failed: results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])),
    };
  }

  /** What waits, and how many ms ago a command was last executed. */
  function stats(): ExecutorStats {
    return { ...queue.stats(), idleMs: performance.now() - progressAt };
  }

  return { execute, executeDue, stats };
}
export type Executor = ReturnType<typeof createExecutor>;

export interface ExecutorStats extends QueueStats {
  idleMs: number;
}

/** The results for requests that were due. */
export interface DueOutcome {
  changed: ApprovalRequest[];
  failed: unknown[];
}

const ignore = () => {};
function reject(batch: readonly PendingCommand[], error: unknown): void {
  for (const pending of batch) if (!pending.answered) pending.reject(error);
}

/** A command of the clock, without a caller. */
const clockCommand = (id: string, apply: (request: ApprovalRequest, now: Date) => Effects): PendingCommand => ({
  command: { key: id, requestId: id, caller: null, apply: (row, now) => apply(requireRow(row), now) },
  since: performance.now(),
  attempts: 0,
  resolve: ignore,
  reject: ignore,
});
