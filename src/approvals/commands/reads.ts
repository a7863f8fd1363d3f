/** Reads what a transaction needs besides the rows that it locks: the people concerned, and the database's clock. */

import { addresseesAbout, commentersOf } from "../../db/queries/audience.ts";
import { peopleAbout } from "../../db/queries/known-people.ts";
import { notifiedOutside } from "../../db/queries/outside-recipients.ts";
import { type LockedRequest, type Moment, transactionNow } from "../../db/queries/requests.ts";
import type { Queryable } from "../../db/query.ts";
import { type KnownPeople, NOBODY_KNOWN } from "../../model/known-people.ts";
import type { Addressee } from "../../model/notifications.ts";
import type { AudienceRows } from "../notifications.ts";
import type { PendingCommand } from "./command.ts";

export interface TransactionReads {
  people: KnownPeople;
  audience: AudienceRows;
  /** Read after the lock. */
  moment: Moment;
}

export interface ReadOptions {
  /** Whether anybody is notified of anything. */
  isNotifying: boolean;
  /** Whether notifications outside the app are counted. */
  isCounting: boolean;
}

/** Reads the callers, the people whom new requests name, earlier voters, and everyone who may be notified. */
export async function readForCommands(
  client: Queryable,
  batch: readonly PendingCommand[],
  { isNotifying, isCounting }: ReadOptions,
): Promise<TransactionReads> {
  const aboutPeople = batch.filter(({ command }) => command.isAboutPeople);
  const names = aboutPeople.flatMap(({ command: { caller, named } }) => [
    ...(caller === null ? [] : [caller.viewer.userId]),
    ...(named?.users ?? []),
  ]);
  const notifying = isNotifying ? batch : [];
  const notifyingIds = requestIdsOf(notifying.filter(({ command }) => !command.isSilent));
  const commented = requestIdsOf(notifying.filter(({ command }) => command.isComment));
  const counted = isCounting ? notifying.flatMap(({ command }) => command.countsFor ?? []) : [];
  const [{ people, addressees, moment }, commenters, notified] = await Promise.all([
    peopleAbout(client, {
      ids: requestIdsOf(aboutPeople),
      names,
      notifyingIds,
      created: notifying.flatMap(({ command }) => command.named ?? []),
    }),
    commentersOf(client, commented),
    notifiedOutside(client, counted),
  ]);
  return { people, moment, audience: { people: byId(addressees), commenters, ...(isCounting && { notified }) } };
}

/** Reads the people who may be notified about due requests. There are no callers, so nobody else has to be read. */
export async function readForDue(
  client: Queryable,
  locking: Promise<readonly LockedRequest[]>,
  { isNotifying }: Pick<ReadOptions, "isNotifying">,
): Promise<TransactionReads> {
  const [moment, locked] = await Promise.all([transactionNow(client), locking]);
  const ids = locked.map(({ id }) => id);
  const addressees = isNotifying && ids.length > 0 ? await addresseesAbout(client, ids) : [];
  return { people: NOBODY_KNOWN, moment, audience: { people: byId(addressees), commenters: new Map() } };
}

/** The ids of the requests that commands are about, without new requests. */
export const requestIdsOf = (batch: readonly PendingCommand[]): string[] =>
  batch.flatMap(({ command }) => (command.requestId === undefined ? [] : [command.requestId]));

const byId = (people: readonly Addressee[]) => new Map(people.map((person) => [person.id, person]));
