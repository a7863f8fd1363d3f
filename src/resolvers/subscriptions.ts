/**
 * Subscriptions: the iterators of `src/live`, which are registered before they are returned. If a source fails, the
 * engine sends a last result with its error.
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
import type { LogLine } from "../model/runs.ts";
import { logFilter } from "./audit.ts";
import type { Context } from "./context.ts";
import { decodeLog, decodeNotification } from "./cursors.ts";
import { runIdIn } from "./ids.ts";
import { seesDetail } from "./runs.ts";
import { checkTexts } from "./text.ts";

/** The current state of the request, then every later state until it is final. */
export const requestUpdates = (
  args: { id: string; afterVersion?: number | null },
  { services, caller }: Context,
): AsyncIterableIterator<RequestOrHead, undefined> =>
  subscribeToRequest(services, caller.viewer, args.id, args.afterVersion ?? null);

/** The current state of the run, then every later state until it has ended. */
export const runUpdates = (
  args: { id: string; afterVersion?: number | null },
  { services, caller }: Context,
): AsyncIterableIterator<VisibleRun, undefined> =>
  subscribeToRun(services, caller.viewer, runIdIn(args.id), args.afterVersion ?? null);

/** The log lines of a job, until it has ended. */
export function logUpdates(
  args: { runId: string; jobId: string; afterLine?: number | null },
  context: Context,
): AsyncIterableIterator<LogLine, undefined> {
  const { hub, pool, loaders } = context.services;
  checkTexts("", { jobId: args.jobId });
  const runId = runIdIn(args.runId);
  const maySee = async () => {
    const run = await findVisibleRun(runId, context.caller.viewer, loaders);
    return run !== null && seesDetail(run, context);
  };
  return subscribeToRunLog({ hub, pool }, { runId, jobId: args.jobId, after: args.afterLine ?? 0, maySee });
}

/** The changes of the viewer's inbox. */
export const inboxUpdates = ({ services, caller }: Context): AsyncIterableIterator<InboxUpdate, undefined> => {
  const { hub, loaders, pool, manager } = services;
  return subscribeToInbox({ hub, loaders, pool, now: () => manager.now() }, caller.viewer);
};

/** The audit log from a cursor, or from now on. */
export const events = (
  args: { after?: string | null; filter?: AuditFilter | null },
  { services, caller }: Context,
): AsyncIterableIterator<ApprovalAuditLog, undefined> => {
  const after = decodeLog(args.after);
  return followLog(services, caller.viewer, logFilter(args.filter), after);
};

/** The viewer's notifications in the app, from a cursor, or from now on. */
export const receivedNotifications = (
  args: { after?: string | null },
  { services, caller }: Context,
): AsyncIterableIterator<NotificationUpdate, undefined> =>
  subscribeToNotifications(services, caller.viewer.userId, decodeNotification(args.after));
