/** The commands of one transaction: each decided by itself, and what they write together. */

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
import { type AudienceRows, type Destinations, noticesOf } from "../notices.ts";
import { sequentialId } from "../sequential-id.ts";

/** One thing asked of one request. */
export interface Command {
  /** One command for each key in a batch, and in flight: the request's id, or the key of a new one. */
  key: string;
  /** The row to lock; left out for a new request. */
  requestId?: string;
  caller: Caller | null;
  /** Whom a new request names, so that those who hold its roles are known when it is written. */
  named?: Named;
  /** The user against whose limit the people count that it notifies outside the app; if left out, no limit applies. */
  countsFor?: string;
  /**
   * Whether the outcome depends on which names are the same person, as for a new request or a decision. For any other
   * command the audience is enough to address its messages.
   */
  isAboutPeople?: boolean;
  /** Whether it says something, which whoever said something before hears of. */
  isComment?: boolean;
  /** Whether nobody is told of it, so that nobody has to be known. */
  isSilent?: boolean;
  /**
   * Pure: what the command does to the row as it is under the lock; one that leaves the row's version alone writes its
   * events only. Throws the error that answers it.
   */
  decide(request: ApprovalRequest | undefined, now: Date, people: KnownPeople, holdings: Holdings): Effects;
}

/** What became of a command. `created` is false when the key of a new request was taken; nothing was written then. */
export interface Outcome {
  request: ApprovalRequest;
  changed: boolean;
  created: boolean;
  comment?: ApprovalComment;
}

export interface Job {
  command: Command;
  answered?: boolean;
  /** When it arrived, by `performance.now()`. */
  since: number;
  /** How many transactions of its own it has had. */
  attempts: number;
  /** Whether its row was found locked by another transaction. */
  isLocked?: boolean;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

export interface Decided {
  job: Job;
  /** As it was under the lock; none for a new request. */
  before: LockedRequest | undefined;
  effects: Effects;
  comment?: ApprovalComment;
  /** How many people it notifies outside the app, as far as a limit applies. */
  outsideRecipients?: number;
}

/** A command's effects on a row that is locked; what the row holds of its chain stays behind. */
export function decideOne(job: Job, before: LockedRequest | undefined, now: Date, people: KnownPeople): Decided {
  const { command } = job;
  const effects = command.decide(before && unlocked(before), now, people, before?.holdings ?? NOTHING_HELD);
  const comment = effects.comment && {
    id: sequentialId(),
    approvalRequestId: effects.request.id,
    author: (command.caller as Caller).viewer.userId,
    body: effects.comment.body,
    createdAt: now,
  };
  return { job, before, effects, ...(comment && { comment }) };
}

function unlocked({ auditLength: _length, auditHead: _head, holdings: _, ...request }: LockedRequest): ApprovalRequest {
  return request;
}

/** Each command by itself: one that fails is answered at once and leaves its neighbours alone. */
export function decideAll(
  batch: readonly Job[],
  { rows, now, people }: { rows: readonly LockedRequest[]; now: Date; people: KnownPeople },
  countOutside: (decided: Decided) => number = () => 0,
): Decided[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const decided: Decided[] = [];
  for (const job of batch) {
    // The queue rejected it while the transaction waited; its caller may have sent it again.
    if (job.answered) continue;
    const { requestId } = job.command;
    try {
      const one = decideOne(job, requestId === undefined ? undefined : byId.get(requestId), now, people);
      decided.push({ ...one, outsideRecipients: countOutside(one) });
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof RecipientLimitError)) throw error;
      job.reject(error);
    }
  }
  return decided;
}

/** What a batch is written with. */
export interface Writing {
  /** `false` drops IP address, user agent and metadata other than facts. */
  auditDetail: boolean;
  /** Null: nobody is told of anything. */
  destinations: Destinations | null;
}

/** Messages of one transaction; a single command that has more goes by itself. */
const MOST_MESSAGES = 20_000;

/** Together the commands would tell so many that the process or the database might not hold it. */
export class TooManyMessages extends Error {
  override readonly name = "TooManyMessages";
  constructor() {
    super(`a batch has more than ${MOST_MESSAGES} messages`);
  }
}

/**
 * Everything that decided commands write.
 * @throws TooManyMessages where each of them has to be written by itself
 */
export function batchOf(
  all: readonly Decided[],
  { audience, people, now }: { audience: AudienceRows; people: KnownPeople; now: Date },
  writing: Writing,
): BatchWrite {
  const decided = all.filter(({ effects }) => changesAnything(effects));
  const write = emptyBatch();
  const personOf = personsOf([...people.rows, ...audience.people.values()]);
  const chains = new AuditChains(decided.flatMap(({ before }) => before ?? []));
  for (const { job, before, effects, comment, outsideRecipients = 0 } of decided) {
    const { request } = effects;
    const { caller } = job.command;
    const isNew = job.command.requestId === undefined;
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
    const notices = noticesOf(effects, caller, { ...audience, personOf }, writing.destinations, now);
    for (const message of notices.notifications) write.notifications.push(message);
    if (decided.length > 1 && write.notifications.length > MOST_MESSAGES) throw new TooManyMessages();
    for (const event of notices.events) log(event);
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
