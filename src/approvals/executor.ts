/**
 * One transaction for the commands of a tick. Commands that arrive while earlier ones are in flight are collected and
 * run together on one connection: two round trips for the batch, one NOTIFY, one flush of the log. A command alone is
 * a batch of one and waits for nobody.
 */

import type { Pool } from "pg";
import { addresseesAbout, commentersOf } from "../db/queries/audience.ts";
import { type LockedRequest, lockRequests, type Queryable } from "../db/queries/requests.ts";
import { isConnectionError } from "../db/transaction.ts";
import { transact } from "./batch-transaction.ts";
import { type Command, decideAll, decideOne, type Job, type Outcome, type Writing } from "./command-batch.ts";
import { changesAnything, type Effects } from "./effects.ts";
import { present } from "./lifecycle.ts";
import type { ApprovalRequest } from "./model.ts";
import type { Audience } from "./notices.ts";

export type { Command, Outcome } from "./command-batch.ts";

export interface ExecutorOptions extends Partial<Writing> {
  pool: Pool;
  /** Most commands of one transaction; 1 turns batching off. */
  maxBatch?: number;
  /** Most transactions at a time. */
  maxInFlight?: number;
}

export function createExecutor(options: ExecutorOptions) {
  const { pool, auditDetail = true, destinations = null, maxBatch = 200, maxInFlight = 2 } = options;
  const transaction = { pool, auditDetail, destinations };
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
        transaction,
        (client) => {
          const ids = requestIdsOf(batch);
          const told = requestIdsOf(batch.filter(({ command }) => !command.isSilent));
          return { rows: lockRequests(client, ids), audience: audienceOf(client, told, batch) };
        },
        (rows, now) => decideAll(batch, rows, now),
      );
    } catch (error) {
      // A batch that the database refuses is run again one by one, so that only the culprit fails.
      const open = batch.filter((job) => !job.answered);
      if (batch.length > 1 && !isConnectionError(error)) for (const job of open) await run([job]);
      else for (const job of open) job.reject(error);
    }
  }

  /** Who is known of the people about these requests; nobody, where nobody is told. */
  async function audienceOf(client: Queryable, ids: readonly string[], batch: readonly Job[]): Promise<Audience> {
    const commented = batch.flatMap(({ command }) => (command.isComment ? (command.requestId ?? []) : []));
    const created = batch.flatMap(({ command }) => command.named ?? []);
    if (destinations === null || ids.length + created.length === 0) return NOBODY;
    const [people, commenters] = await Promise.all([
      addresseesAbout(client, ids, created),
      commentersOf(client, commented),
    ]);
    return { people: new Map(people.map((person) => [person.id, person])), commenters };
  }

  /**
   * Does what is due: locks up to `limit` requests and applies `decide` to each. Where the database refuses them together
   * they are done each by itself, so that one of them does not hold up all the others for ever.
   * @returns the requests that were changed, and what was thrown for those that could not be
   */
  async function executeDue(
    lockDue: (db: Queryable, limit: number) => Promise<LockedRequest[]>,
    limit: number,
    decide: (request: ApprovalRequest, now: Date) => Effects,
  ): Promise<Ended> {
    try {
      const decided = await transact(
        transaction,
        (client) => {
          const rows = lockDue(client, limit);
          const idsOf = (locked: readonly LockedRequest[]) => locked.map(({ id }) => id);
          return { rows, audience: rows.then((locked) => audienceOf(client, idsOf(locked), [])) };
        },
        (rows, now) => rows.map((row) => decideOne(unasked(row.id, decide), row, now)),
      );
      const changed = decided.filter(({ effects }) => changesAnything(effects)).map(({ effects }) => effects.request);
      return { changed, refused: [] };
    } catch (error) {
      if (isConnectionError(error)) throw error;
    }
    const due = await lockDue(pool, limit);
    const results = await Promise.allSettled(due.map(({ id }) => execute(unasked(id, decide).command)));
    const done = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    return {
      changed: done.filter((outcome) => outcome.changed).map((outcome) => outcome.request),
      refused: results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])),
    };
  }

  return { execute, executeDue };
}
export type Executor = ReturnType<typeof createExecutor>;

/** What became of requests that were due. */
export interface Ended {
  changed: ApprovalRequest[];
  refused: unknown[];
}

const ignore = () => {};
const NOBODY: Audience = { people: new Map(), commenters: new Map() };

/** A command of nobody's: the clock's. */
const unasked = (id: string, decide: (request: ApprovalRequest, now: Date) => Effects): Job => ({
  command: { key: id, requestId: id, caller: null, decide: (row, now) => decide(present(row), now) },
  resolve: ignore,
  reject: ignore,
});

const requestIdsOf = (batch: readonly Job[]): string[] =>
  batch.flatMap(({ command }) => (command.requestId === undefined ? [] : [command.requestId]));
