/** The directory of people: filled from valid tokens and from PEOPLE_FILE. It addresses messages and grants nothing. */

import { readFileSync } from "node:fs";
import { faultOfText } from "./approvals/json.ts";
import { isAdmin, type Person, type Viewer } from "./approvals/model.ts";
import type { Pool } from "./db/pool.ts";
import { type KnownRoles, noteSeen, putPeople } from "./db/queries/directory.ts";
import type { Logger } from "./log.ts";
import { oneLine } from "./log.ts";

export type KnownPerson = Omit<Person, "seenAt">;

/** The file cannot be read or an entry is wrong; the message is one line that names it. */
export class PeopleFileError extends Error {
  override readonly name = "PeopleFileError";
}

const NOTE_EVERY_MS = 10 * 60_000;
const MOST_REMEMBERED = 10_000;
const FIELDS = new Set(["id", "email", "roles", "locale", "zone"]);

/**
 * Reads PEOPLE_FILE: a JSON list of `{ id, email?, roles?, locale?, zone? }`.
 * @throws PeopleFileError
 */
export function readPeopleFile(path: string): KnownPerson[] {
  const refuse = (what: string): never => {
    throw new PeopleFileError(`PEOPLE_FILE ${path}: ${what}`);
  };
  const list = ((): unknown => {
    try {
      return JSON.parse(readFileSync(path, "utf8"));
    } catch (error) {
      return refuse(oneLine(error));
    }
  })();
  if (!Array.isArray(list)) return refuse("is no JSON list of people");
  const places = new Map<string, number>();
  return list.map((entry: unknown, index) => {
    const person = parsePerson(entry, (what) => refuse(`entry ${index + 1}: ${what}`));
    const before = places.get(person.id);
    if (before !== undefined) refuse(`entry ${index + 1}: ${JSON.stringify(person.id)} is entry ${before} already`);
    places.set(person.id, index + 1);
    return person;
  });
}

function parsePerson(entry: unknown, refuse: (what: string) => never): KnownPerson {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return refuse("is no object");
  const given = entry as Record<string, unknown>;
  const unknown = Object.keys(given).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) refuse(`has an unknown field ${JSON.stringify(unknown)}`);
  const text = (field: string): string | null => {
    const value = given[field] ?? null;
    if (value === null) return null;
    if (typeof value !== "string" || value === "") return refuse(`${field} must be a text that is not empty`);
    const fault = faultOfText(value);
    return fault === null ? value : refuse(`${field} ${fault}`);
  };
  const roles = given.roles ?? [];
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === "string" && role && !faultOfText(role))) {
    refuse("roles must be a list of texts");
  }
  const locale = text("locale");
  const zone = text("zone");
  if (locale !== null && !accepted(() => new Intl.Locale(locale))) refuse(`locale ${JSON.stringify(locale)} is none`);
  if (zone !== null && !accepted(() => new Intl.DateTimeFormat("en", { timeZone: zone }))) {
    refuse(`zone ${JSON.stringify(zone)} is no time zone`);
  }
  const id = text("id") ?? refuse("has no id");
  return { id, email: text("email"), roles: roles as string[], locale, zone };
}

function accepted(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch {
    return false;
  }
}

export interface People {
  /**
   * Notes that someone with a valid token was here; returns at once, and writes the same again only after a while.
   * @param rolesIssuedAt when the token's roles were told, in ms since 1970; null where that is not known
   * @param news whether it is to be written at once, although the same was written before
   */
  notePerson(viewer: Viewer, rolesIssuedAt?: number | null, news?: boolean): void;
  /** Puts people into the directory, or renews them. */
  put(people: readonly KnownPerson[]): Promise<void>;
  /** Resolves when no write is under way. */
  settled(): Promise<void>;
}

/** @param onKnown told what the directory knows of someone's roles after each note, which a newer token may have told */
export function createPeople(
  pool: Pool,
  log: Pick<Logger, "warn">,
  onKnown: (known: KnownRoles) => void = () => {},
): People {
  const noted = new Map<string, { content: string; at: number }>();
  const writing = new Set<Promise<void>>();

  return {
    notePerson(viewer, rolesIssuedAt = null, news = false) {
      const { userId, email, roles } = viewer;
      const content = JSON.stringify([email, roles, isAdmin(viewer)]);
      const now = performance.now();
      const before = noted.get(userId);
      const same = before !== undefined && before.content === content && now - before.at < NOTE_EVERY_MS;
      if (same && !news) return;
      noted.delete(userId);
      noted.set(userId, { content, at: now });
      if (noted.size > MOST_REMEMBERED) noted.delete(noted.keys().next().value as string);
      const write = noteSeen(pool, { id: userId, email, roles: [...roles] }, rolesIssuedAt, isAdmin(viewer))
        .then((known) => {
          if (known !== null) onKnown(known);
        })
        .catch((error: unknown) => {
          noted.delete(userId);
          log.warn({ err: error }, "the directory of people could not be written");
        })
        .finally(() => writing.delete(write));
      writing.add(write);
    },
    async put(people) {
      if (people.length > 0) await putPeople(pool, people);
    },
    async settled() {
      await Promise.all(writing);
    },
  };
}
