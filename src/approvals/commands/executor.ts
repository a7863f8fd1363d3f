/**
 * One transaction for the commands of a tick. Commands that arrive while earlier ones are in flight are collected and
 * run together on one connection: two round trips for the batch, one NOTIFY, one flush of the log. A command alone is
 * a batch of one and runs at once. A batch never waits for a locked row: if a row is locked, or if the database rejects
 * the batch, the commands concerned are set aside and run one by one.
 */

import { isContention, isDatabaseUnavailable, unavailable } from "../../db/outages.ts";
import type { Pool } from "../../db/pool.ts";
import { idsInUse, type LockedRequest, lockFreeRequests, lockRequests } from "../../db/queries/requests.ts";
import type { Queryable } from "../../db/query.ts";
import type { ApprovalRequest } from "../../model/approvals.ts";
import { changesAnything, type Effects } from "../effects.ts";
import { present } from "../lifecycle.ts";
import { outsideCounter, type RecipientLimits } from "../outside-recipients.ts";
import { Aside } from "./aside.ts";
import { type Command, decideAll, decideOne, type Job, type Outcome } from "./batch.ts";
import { NotCommitted } from "./commit-outcome.ts";
import { CommandQueue, type QueueOptions, type QueueStats } from "./queue.ts";
import { type Concerned, concernedBy, concernedByDue, requestIdsOf } from "./reads.ts";
import { type TransactionOptions, transact } from "./transaction.ts";

export type { Command, Outcome } from "./batch.ts";

export interface ExecutorOptions extends Partial<Omit<TransactionOptions, "pool">>, QueueOptions {
  pool: Pool;
  /** Most commands of one transaction; 1 turns batching off. */
  maxBatch?: number;
  /** Most transactions at a time, without those of commands that were set aside. */
  maxInFlight?: number;
  /** How many people a command may notify outside the app, where it counts for a user; left out: any number. */
  recipientLimits?: RecipientLimits;
}

export function createExecutor(options: ExecutorOptions) {
  const { pool, auditDetail = true, destinations = null, maxBatch = 200, maxInFlight = 2, recipientLimits } = options;
  const transaction = { pool, auditDetail, destinations, onChanged: options.onChanged ?? ignore };
  const reading = { isNotifying: destinations !== null, isCounting: recipientLimits !== undefined };
  const queue = new CommandQueue(options);
  const aside = new Aside({ run: alone, done: leave });
  let inFlight = 0;
  let scheduled = false;
  let progressAt = performance.now();

  /** @throws UnavailableError where the database cannot carry it out in time */
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

  function leave(job: Job): void {
    queue.done(job);
    if (!queue.isEmpty) schedule();
  }

  function startBatches(): void {
    while (inFlight < maxInFlight && !queue.isEmpty) {
      const batch = queue.take(maxBatch);
      if (batch.length === 0) return;
      inFlight += 1;
      void run(batch).then((left) => {
        inFlight -= 1;
        for (const job of batch) if (!left.has(job)) queue.done(job);
        aside.add([...left]);
        startBatches();
      });
    }
  }

  /** @returns the commands that must run one by one; all others are answered */
  async function run(batch: Job[]): Promise<Set<Job>> {
    let locked = new Set<string>();
    const isLocked = ({ command }: Job) => command.requestId !== undefined && locked.has(command.requestId);
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
          return { rows: withLocked, concerned: concernedBy(client, batch, reading) };
        },
        (rows, concerned) =>
          decide(
            batch.filter((job) => !isLocked(job)),
            rows,
            concerned,
          ),
      );
      progressAt = performance.now();
    } catch (error) {
      if (isDatabaseUnavailable(error) && !(error instanceof NotCommitted)) reject(batch, unavailable(error));
      // A retry alone would fail in the same way.
      else if (batch.length === 1 && !isContention(error) && !(error instanceof NotCommitted)) reject(batch, error);
    }
    const left = batch.filter((job) => !job.answered);
    for (const job of left) if (isLocked(job)) job.isLocked = true;
    return new Set(left);
  }

  /** The ids that belong to a request and were not found free. */
  async function lockedAmong(client: Queryable, ids: readonly string[], free: readonly LockedRequest[]) {
    const found = new Set(free.map(({ id }) => id));
    return idsInUse(
      client,
      ids.filter((id) => !found.has(id)),
    );
  }

  /** Runs one command, which waits for its row until the session's lock timeout. */
  async function alone(job: Job): Promise<void> {
    await transact(
      transaction,
      (client) => ({
        rows: lockRequests(client, requestIdsOf([job])),
        concerned: concernedBy(client, [job], reading),
      }),
      (rows, concerned) => decide([job], rows, concerned),
    );
    progressAt = performance.now();
  }

  function decide(batch: readonly Job[], rows: readonly LockedRequest[], { people, audience, moment }: Concerned) {
    const { notified, ...known } = audience;
    const counter =
      recipientLimits && notified
        ? outsideCounter(recipientLimits, { ...known, personOf: people.personOf }, notified, moment.now)
        : undefined;
    return decideAll(batch, { rows, now: moment.now, people }, counter);
  }

  /**
   * Does what is due: locks up to `limit` requests and applies `decideDue` to each. Where the database refuses them together
   * they are done each by itself, so that one of them does not hold up all the others for ever.
   * @returns the requests that were changed, and what was thrown for those that could not be
   */
  async function executeDue(
    lockDue: (db: Queryable, limit: number) => Promise<LockedRequest[]>,
    limit: number,
    decideDue: (request: ApprovalRequest, now: Date) => Effects,
  ): Promise<Ended> {
    try {
      const decided = await transact(
        transaction,
        (client) => {
          const rows = lockDue(client, limit);
          return { rows, concerned: concernedByDue(client, rows, reading) };
        },
        (rows, { people, moment }) => rows.map((row) => decideOne(unasked(row.id, decideDue), row, moment.now, people)),
      );
      const changed = decided.filter(({ effects }) => changesAnything(effects)).map(({ effects }) => effects.request);
      return { changed, refused: [] };
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
    }
    const due = await lockDue(pool, limit);
    const results = await Promise.allSettled(due.map(({ id }) => execute(unasked(id, decideDue).command)));
    const done = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    return {
      changed: done.filter((outcome) => outcome.changed).map((outcome) => outcome.request),
      refused: results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])),
    };
  }

  /** What waits, and for how many ms nothing has been carried out. */
  function stats(): ExecutorStats {
    return { ...queue.stats(), idleMs: performance.now() - progressAt };
  }

  return { execute, executeDue, stats };
}
export type Executor = ReturnType<typeof createExecutor>;

export interface ExecutorStats extends QueueStats {
  idleMs: number;
}

/** What became of requests that were due. */
export interface Ended {
  changed: ApprovalRequest[];
  refused: unknown[];
}

const ignore = () => {};
function reject(batch: readonly Job[], error: unknown): void {
  for (const job of batch) if (!job.answered) job.reject(error);
}

/** A command of nobody's: the clock's. */
const unasked = (id: string, decide: (request: ApprovalRequest, now: Date) => Effects): Job => ({
  command: { key: id, requestId: id, caller: null, decide: (row, now) => decide(present(row), now) },
  since: performance.now(),
  attempts: 0,
  resolve: ignore,
  reject: ignore,
});
