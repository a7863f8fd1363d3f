/** Applies the commands of one transaction one by one, and collects what they write together. */

import { AuditChains, type AuditEntry } from "../../audit/chain.ts";
import type { Named } from "../../db/queries/audience.ts";
import type { LockedRequest } from "../../db/queries/requests.ts";
import { type BatchWrite, emptyBatch } from "../../db/queries/write.ts";
import {
  type ApprovalComment,
  type ApprovalRequest,
  type Caller,
  type Holdings,
  NOTHING_HELD,
} from "../../model/approvals.ts";
import { CommandError, RecipientLimitError } from "../../model/errors.ts";
import type { KnownPeople } from "../../model/known-people.ts";
import { addressOf } from "../../model/own-address.ts";
import { personsOf } from "../../model/same-person.ts";
import { changesAnything, type Effects, type NewEvent } from "../effects.ts";
import { type AudienceRows, type Destinations, notificationsOf } from "../notifications.ts";
import { sequentialId } from "../sequential-id.ts";

/** A command on one request. */
export interface Command {
  /** The request's id, or the key of a new request. Only one command with a given key is in flight at a time. */
  key: string;
  /** The row to lock; omitted for a new request. */
  requestId?: string;
  caller: Caller | null;
  /** The people and roles that a new request names. The transaction reads the people who have these roles. */
  named?: Named;
  /** The user whose limit on people notified outside the app applies; if omitted, no limit applies. */
  countsFor?: string;
  /**
   * Whether the outcome depends on which names are the same person, as for a new request or a decision. Any other
   * command needs only the audience, to address its notifications.
   */
  isAboutPeople?: boolean;
  /** Whether it is a comment, of which earlier commenters are notified. */
  isComment?: boolean;
  /** Whether it notifies nobody, so that no people have to be read. */
  isSilent?: boolean;
  /**
   * Returns what the command does to the locked row. Pure. If the row's version does not change, only the events are
   * written. Throws the error that the caller receives.
   */
  apply(request: ApprovalRequest | undefined, now: Date, people: KnownPeople, holdings: Holdings): Effects;
}

/** The result of a command. `created` is false if the key of a new request was taken; nothing was written then. */
export interface Outcome {
  request: ApprovalRequest;
  changed: boolean;
  created: boolean;
  comment?: ApprovalComment;
}

/** A queued command. */
export interface PendingCommand {
  command: Command;
  answered?: boolean;
  /** When it arrived, by `performance.now()`. */
  since: number;
  /** How many transactions have run it alone. */
  attempts: number;
  /** Whether another transaction had locked its row. */
  isLocked?: boolean;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** A command with its effects. */
export interface Applied {
  pending: PendingCommand;
  /** The locked row; undefined for a new request. */
  before: LockedRequest | undefined;
  effects: Effects;
  comment?: ApprovalComment;
  /** How many people it notifies outside the app; 0 or omitted if no limit applies. */
  outsideRecipients?: number;
}

/** Applies a command to its locked row. The columns of the row's audit chain are not passed on. */
export function applyOne(
  pending: PendingCommand,
  before: LockedRequest | undefined,
  now: Date,
  people: KnownPeople,
): Applied {
  const { command } = pending;
  const effects = command.apply(before && unlocked(before), now, people, before?.holdings ?? NOTHING_HELD);
  const comment = effects.comment && {
    id: sequentialId(),
    approvalRequestId: effects.request.id,
    author: (command.caller as Caller).viewer.userId,
    body: effects.comment.body,
    createdAt: now,
  };
  return { pending, before, effects, ...(comment && { comment }) };
}

function unlocked({ auditLength: _length, auditHead: _head, holdings: _, ...request }: LockedRequest): ApprovalRequest {
  return request;
}

/** Applies each command. One that fails is answered at once and does not affect the others. */
export function applyAll(
  batch: readonly PendingCommand[],
  { rows, now, people }: { rows: readonly LockedRequest[]; now: Date; people: KnownPeople },
  countOutside: (applied: Applied) => number = () => 0,
): Applied[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const applied: Applied[] = [];
  for (const pending of batch) {
    // The queue rejected it while the transaction waited, and its caller may have sent it again.
    if (pending.answered) continue;
    const { requestId } = pending.command;
    try {
      const one = applyOne(pending, requestId === undefined ? undefined : byId.get(requestId), now, people);
      applied.push({ ...one, outsideRecipients: countOutside(one) });
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof RecipientLimitError)) throw error;
      pending.reject(error);
    }
  }
  return applied;
}

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
