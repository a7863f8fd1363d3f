/** What a transaction reads beside the rows that it locks: the people who are concerned, and the database's clock. */

import { addresseesAbout, commentersOf } from "../../db/queries/audience.ts";
import { peopleAbout } from "../../db/queries/known-people.ts";
import { notifiedOutside } from "../../db/queries/outside-recipients.ts";
import { type LockedRequest, type Moment, transactionNow } from "../../db/queries/requests.ts";
import type { Queryable } from "../../db/query.ts";
import { type KnownPeople, NOBODY_KNOWN } from "../../model/known-people.ts";
import type { Addressee } from "../../model/notifications.ts";
import type { AudienceRows } from "../notices.ts";
import type { Job } from "./batch.ts";

export interface Concerned {
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

/** Reads, for commands: callers, people whom new requests name, earlier voters, and everyone who may be notified. */
export async function concernedBy(
  client: Queryable,
  batch: readonly Job[],
  { isNotifying, isCounting }: ReadOptions,
): Promise<Concerned> {
  const asking = batch.filter(({ command }) => command.isAboutPeople);
  const names = asking.flatMap(({ command: { caller, named } }) => [
    ...(caller === null ? [] : [caller.viewer.userId]),
    ...(named?.users ?? []),
  ]);
  const told = isNotifying ? batch : [];
  const toldIds = requestIdsOf(told.filter(({ command }) => !command.isSilent));
  const commented = requestIdsOf(told.filter(({ command }) => command.isComment));
  const counted = isCounting ? told.flatMap(({ command }) => command.countsFor ?? []) : [];
  const [{ people, addressees, moment }, commenters, notified] = await Promise.all([
    peopleAbout(client, {
      ...{ ids: requestIdsOf(asking), names, toldIds },
      created: told.flatMap(({ command }) => command.named ?? []),
    }),
    commentersOf(client, commented),
    notifiedOutside(client, counted),
  ]);
  return { people, moment, audience: { people: byId(addressees), commenters, ...(isCounting && { notified }) } };
}

/** Reads the people who may be notified about requests that are due. No command asks, so nobody else is concerned. */
export async function concernedByDue(
  client: Queryable,
  locking: Promise<readonly LockedRequest[]>,
  { isNotifying }: Pick<ReadOptions, "isNotifying">,
): Promise<Concerned> {
  const [moment, locked] = await Promise.all([transactionNow(client), locking]);
  const ids = locked.map(({ id }) => id);
  const addressees = isNotifying && ids.length > 0 ? await addresseesAbout(client, ids) : [];
  return { people: NOBODY_KNOWN, moment, audience: { people: byId(addressees), commenters: new Map() } };
}

/** The requests that commands are about, new ones left out. */
export const requestIdsOf = (batch: readonly Job[]): string[] =>
  batch.flatMap(({ command }) => (command.requestId === undefined ? [] : [command.requestId]));

const byId = (people: readonly Addressee[]) => new Map(people.map((person) => [person.id, person]));
