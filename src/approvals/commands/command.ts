/** A command on a request, from the call that queues it to its answer, and its pure application to the locked row. */

import type { Named } from "../../db/queries/audience.ts";
import type { LockedRequest } from "../../db/queries/requests.ts";
import {
  type ApprovalComment,
  type ApprovalRequest,
  type Caller,
  type Holdings,
  NOTHING_HELD,
} from "../../model/approvals.ts";
import { CommandError, RecipientLimitError } from "../../model/errors.ts";
import type { KnownPeople } from "../../model/known-people.ts";
import type { Effects } from "../effects.ts";
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
  /** Whether another transaction had locked its row, so that it waits for the row by itself. */
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
export function applyCommand(
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
export function applyCommands(
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
      const one = applyCommand(pending, requestId === undefined ? undefined : byId.get(requestId), now, people);
      applied.push({ ...one, outsideRecipients: countOutside(one) });
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof RecipientLimitError)) throw error;
      pending.reject(error);
    }
  }
  return applied;
}
