/** The rows that a transaction locks, as a value, and the commands that it applies to them. */

import { idsInUse, type LockedRequest, lockFreeRequests, lockRequests } from "../../db/queries/requests.ts";
import type { Queryable } from "../../db/query.ts";
import { outsideCounter, type RecipientLimits } from "../outside-recipients.ts";
import { type Applied, applyCommand, applyCommands, type PendingCommand } from "./command.ts";
import { clockCommand, DUE, type Due } from "./due.ts";
import { type ReadOptions, readForCommands, readForDue, requestIdsOf, type TransactionReads } from "./reads.ts";

export type Source =
  /**
   * The rows of these commands. With `waits`, the transaction waits until the session's lock timeout for a row that
   * another transaction has locked. Otherwise it marks the command as locked and leaves it out.
   */
  | { commands: readonly PendingCommand[]; waits: boolean }
  /** Requests that are due and free to lock, at most so many. */
  | { due: Due; limit: number };

/** Sends the queries that lock the rows, and after them those that read the people concerned. */
export function lockRows(
  client: Queryable,
  source: Source,
  options: ReadOptions,
): { rows: Promise<LockedRequest[]>; reads: Promise<TransactionReads> } {
  if ("due" in source) {
    const rows = DUE[source.due].lock(client, source.limit);
    return { rows, reads: readForDue(client, rows, options) };
  }
  const { commands, waits } = source;
  const rows = waits ? lockRequests(client, requestIdsOf(commands)) : lockFreeRows(client, commands);
  return { rows, reads: readForCommands(client, commands, options) };
}

/** Locks the free rows, and marks the commands on the others. */
async function lockFreeRows(client: Queryable, commands: readonly PendingCommand[]): Promise<LockedRequest[]> {
  const ids = requestIdsOf(commands);
  const rows = await lockFreeRequests(client, ids);
  if (rows.length === ids.length) return rows;
  const free = new Set(rows.map(({ id }) => id));
  const locked = await idsInUse(
    client,
    ids.filter((id) => !free.has(id)),
  );
  for (const pending of commands) {
    const { requestId } = pending.command;
    if (requestId !== undefined && locked.has(requestId)) pending.isLocked = true;
  }
  return rows;
}

/** Applies the commands of a source to the locked rows. Pure, except that commands that fail are answered. */
export function applyToRows(
  source: Source,
  rows: readonly LockedRequest[],
  { people, audience, moment: { now } }: TransactionReads,
  recipientLimits: RecipientLimits | undefined,
): Applied[] {
  if ("due" in source) {
    return rows.map((row) => applyCommand(clockCommand(row.id, source.due), row, now, people));
  }
  const commands = source.waits ? source.commands : source.commands.filter(({ isLocked }) => !isLocked);
  const { notified, ...known } = audience;
  const counter =
    recipientLimits && notified
      ? outsideCounter(recipientLimits, { ...known, personOf: people.personOf }, notified, now)
      : undefined;
  return applyCommands(commands, { rows, now, people }, counter);
}
