/**
 * Subscriptions: the iterators of `approvals/updates`, which are registered before they are returned. A source that
 * fails sends its failure as the last event, and the field's resolver throws it: so the client gets an error with a
 * code and the end of this one stream, on every transport. A rejected iterator would end the whole socket.
 */

import type { AuditFilter } from "../db/queries/audit.ts";
import { followLog } from "../live/event-stream.ts";
import { type InboxUpdate, subscribeToInbox } from "../live/inbox-updates.ts";
import { type NotificationUpdate, subscribeToNotifications } from "../live/notification-updates.ts";
import { subscribeToRequest } from "../live/request-updates.ts";
import { subscribeToRunLog } from "../live/run-log-updates.ts";
import { subscribeToRun } from "../live/run-updates.ts";
import { findVisibleRun, type VisibleRun } from "../live/visible-run.ts";
import type { ApprovalAuditLog, RequestOrHead } from "../model/approvals.ts";
import { CommandError } from "../model/errors.ts";
import type { LogLine } from "../model/runs.ts";
import { logFilter } from "./audit.ts";
import type { Context } from "./context.ts";
import { decodeLog, decodeNotification } from "./cursors.ts";
import { topLevel } from "./errors.ts";
import { runIdIn } from "./ids.ts";
import { seesDetail } from "./runs.ts";
import { checkTexts } from "./text.ts";

/** Passes the failure of a source to the resolver. */
class Failure {
  readonly cause: unknown;
  constructor(cause: unknown) {
    this.cause = cause;
  }
}
export type Event<T> = T | Failure;

/** The value of an event. @throws the error of its source */
export function eventValue<T>(event: Event<T>): T {
  if (!(event instanceof Failure)) return event;
  throw event.cause instanceof CommandError ? topLevel(event.cause) : event.cause;
}

class FailureLast<T> implements AsyncIterableIterator<Event<T>, undefined> {
  readonly #source: AsyncIterableIterator<T, undefined>;

  constructor(source: AsyncIterableIterator<T, undefined>) {
    this.#source = source;
  }

  next(): Promise<IteratorResult<Event<T>, undefined>> {
    // A failed source has ended: the next call returns that.
    return this.#source.next().catch((error) => ({ done: false, value: new Failure(error) }));
  }

  return(): Promise<IteratorResult<Event<T>, undefined>> {
    return this.#source.return?.() ?? Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

/** The current state of the request, then every later state until it is final. */
export const requestUpdates = (
  args: { id: string; afterVersion?: number | null },
  { services, caller }: Context,
): AsyncIterableIterator<Event<RequestOrHead>> =>
  new FailureLast(subscribeToRequest(services, caller.viewer, args.id, args.afterVersion ?? null));

/** The current state of the run, then every later state until it has ended. */
export const runUpdates = (
  args: { id: string; afterVersion?: number | null },
  { services, caller }: Context,
): AsyncIterableIterator<Event<VisibleRun>> =>
  new FailureLast(subscribeToRun(services, caller.viewer, runIdIn(args.id), args.afterVersion ?? null));

/** The log lines of a job, until it has ended. */
export function logUpdates(
  args: { runId: string; jobId: string; afterLine?: number | null },
  context: Context,
): AsyncIterableIterator<Event<LogLine>> {
  const { hub, pool, loaders } = context.services;
  checkTexts("", { jobId: args.jobId });
  const runId = runIdIn(args.runId);
  const maySee = async () => {
    const run = await findVisibleRun(runId, context.caller.viewer, loaders);
    return run !== null && seesDetail(run, context);
  };
  return new FailureLast(
    subscribeToRunLog({ hub, pool }, { runId, jobId: args.jobId, after: args.afterLine ?? 0, maySee }),
  );
}

/** The changes of the viewer's inbox. */
export const inboxUpdates = ({ services, caller }: Context): AsyncIterableIterator<Event<InboxUpdate>> => {
  const { hub, loaders, pool, manager } = services;
  return new FailureLast(subscribeToInbox({ hub, loaders, pool, now: () => manager.now() }, caller.viewer));
};

/** The audit log from a cursor, or from now on. */
export const events = (
  args: { after?: string | null; filter?: AuditFilter | null },
  { services, caller }: Context,
): AsyncIterableIterator<Event<ApprovalAuditLog>> => {
  const after = decodeLog(args.after);
  return new FailureLast(followLog(services, caller.viewer, logFilter(args.filter), after));
};

/** The viewer's notifications in the app, from a cursor, or from now on. */
export const receivedNotifications = (
  args: { after?: string | null },
  { services, caller }: Context,
): AsyncIterableIterator<Event<NotificationUpdate>> =>
  new FailureLast(subscribeToNotifications(services, caller.viewer.userId, decodeNotification(args.after)));
