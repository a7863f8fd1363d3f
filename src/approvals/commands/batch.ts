/** Collects everything that the applied commands of one transaction write. */

import { AuditChains, type AuditEntry } from "../../audit/chain.ts";
import { type BatchWrite, emptyBatch } from "../../db/queries/write.ts";
import type { Caller } from "../../model/approvals.ts";
import type { KnownPeople } from "../../model/known-people.ts";
import { addressOf } from "../../model/own-address.ts";
import { personsOf } from "../../model/same-person.ts";
import { changesAnything, type NewEvent } from "../effects.ts";
import { type AudienceRows, type Destinations, notificationsOf } from "../notifications.ts";
import type { Applied } from "./command.ts";

/** Options of the write. */
export interface Writing {
  /** `false` drops IP address, user agent and metadata other than facts. */
  auditDetail: boolean;
  /** Null: nobody is notified. */
  destinations: Destinations | null;
}

/** Most notifications of one transaction; a single command may have more. */
const MAX_NOTIFICATIONS = 20_000;

/** The commands together have more notifications than the process or the database can be expected to handle. */
export class TooManyNotifications extends Error {
  override readonly name = "TooManyNotifications";
  constructor() {
    super(`a batch has more than ${MAX_NOTIFICATIONS} notifications`);
  }
}

/**
 * Collects everything that applied commands write.
 * @throws TooManyNotifications if each command has to be written in its own transaction
 */
export function batchOf(
  all: readonly Applied[],
  { audience, people, now }: { audience: AudienceRows; people: KnownPeople; now: Date },
  writing: Writing,
): BatchWrite {
  const applied = all.filter(({ effects }) => changesAnything(effects));
  const write = emptyBatch();
  const personOf = personsOf([...people.rows, ...audience.people.values()]);
  const chains = new AuditChains(applied.flatMap(({ before }) => before ?? []));
  for (const { pending, before, effects, comment, outsideRecipients = 0 } of applied) {
    const { request } = effects;
    const { caller } = pending.command;
    const isNew = pending.command.requestId === undefined;
    const isChanged = request.version !== before?.version;
    if (isNew) write.creates.push({ ...request, outsideRecipients });
    else write[isChanged ? "updates" : "touched"].push(request);
    if (effects.decision !== undefined) {
      const { userId: approver, roles } = (caller as Caller).viewer;
      write.decisions.push({ ...effects.decision, approvalRequestId: request.id, approver, roles, decidedAt: now });
    }
    if (comment !== undefined) write.comments.push(comment);
    write.delivered.push(...(effects.delivered ?? []));
    const log = (event: NewEvent) => write.audit.push(chains.append(entryOf(event, caller, now, writing.auditDetail)));
    for (const event of effects.events) log(event);
    if (writing.destinations === null) continue;
    const notified = notificationsOf(effects, caller, { ...audience, personOf }, writing.destinations, now);
    for (const notification of notified.notifications) write.notifications.push(notification);
    if (applied.length > 1 && write.notifications.length > MAX_NOTIFICATIONS) throw new TooManyNotifications();
    for (const event of notified.events) log(event);
  }
  return write;
}

function entryOf(event: NewEvent, caller: Caller | null, now: Date, auditDetail: boolean): AuditEntry {
  const actor = event.byCaller ? caller : null;
  const via = actor?.via;
  return {
    approvalRequestId: event.requestId,
    action: event.action,
    userId: actor?.viewer.userId ?? null,
    userEmail: actor && addressOf(actor.viewer),
    ipAddress: auditDetail ? (actor?.ipAddress ?? null) : null,
    userAgent: auditDetail ? (actor?.userAgent ?? null) : null,
    oldStatus: event.oldStatus,
    newStatus: event.newStatus,
    comment: event.comment,
    metadata: { ...(auditDetail && { ...event.metadata, ...(via && { via }) }), ...event.facts },
    createdAt: now,
  };
}
