/** The entries of the directory for the people of a batch of commands, read with the lock and passed to the pure core. */

import type { Decision } from "./approvals.ts";
import { byName, type KnownName, type PersonOf, personsOf } from "./same-person.ts";

/** One decision that was recorded before. */
export interface Vote {
  approver: string;
  decision: Decision;
  /** The roles of the person when they voted; null if they were not recorded. */
  roles: readonly string[] | null;
}

export interface KnownPeople {
  /** The rows of the directory. */
  rows: readonly KnownName[];
  /** Which names are one person. */
  personOf: PersonOf;
  /** The roles that the directory knows of the person with exactly this id; undefined for an unknown person. */
  rolesOf(id: string): readonly string[] | undefined;
  /** The decisions on a request, in the order in which they were made. */
  votesOn(requestId: string): readonly Vote[];
}

/** Without a directory, only the names themselves are compared. */
export const NOBODY_KNOWN: KnownPeople = { rows: [], personOf: byName, rolesOf: () => undefined, votesOn: () => [] };

/** @param people rows of the directory @param votes by request */
export function knownPeople(
  people: readonly (KnownName & { roles: readonly string[] })[],
  votes: ReadonlyMap<string, readonly Vote[]>,
): KnownPeople {
  if (people.length === 0 && votes.size === 0) return NOBODY_KNOWN;
  const roles = new Map(people.map((person) => [person.id, person.roles]));
  return {
    rows: people,
    personOf: personsOf(people),
    rolesOf: (id) => roles.get(id),
    votesOn: (requestId) => votes.get(requestId) ?? [],
  };
}
