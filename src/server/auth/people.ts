/** Fills the directory of people from valid tokens and from PEOPLE_FILE. The directory grants no rights. */

import { readFileSync } from "node:fs";
import { logFailure } from "../../db/outage-log.ts";
import type { Pool } from "../../db/pool.ts";
import { correctKeys, type KnownAccess, knownAccess, putPeople, upsertPerson } from "../../db/queries/directory.ts";
import type { Logger } from "../../log.ts";
import { oneLine } from "../../log.ts";
import { isAdmin, type Person, type Viewer } from "../../model/approvals.ts";
import { faultOfText } from "../../model/json.ts";
import { faultOfName } from "../../model/name-fault.ts";
import { isTimeZone, TIME_ZONE_FORM } from "../../model/time-zone.ts";
import { decodeUtf8 } from "../../model/utf8.ts";
import { isVisible } from "../../model/visible-text.ts";

export type KnownPerson = Omit<Person, "seenAt">;

/** PEOPLE_FILE cannot be read, or an entry is not valid. The message is one line that names the entry. */
export class PeopleFileError extends Error {
  override readonly name = "PeopleFileError";
}

const NOTE_EVERY_MS = 10 * 60_000;
const MOST_CACHED = 10_000;
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
      return JSON.parse(decodeUtf8(readFileSync(path)));
    } catch (error) {
      return refuse(oneLine(error));
    }
  })();
  if (!Array.isArray(list)) return refuse("is not a JSON list of people");
  const places = new Map<string, number>();
  return list.map((entry: unknown, index) => {
    const person = parsePerson(entry, (what) => refuse(`entry ${index + 1}: ${what}`));
    const before = places.get(person.id);
    if (before !== undefined) refuse(`entry ${index + 1}: ${JSON.stringify(person.id)} is already entry ${before}`);
    places.set(person.id, index + 1);
    return person;
  });
}

function parsePerson(entry: unknown, refuse: (what: string) => never): KnownPerson {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return refuse("is not an object");
  const given = entry as Record<string, unknown>;
  const unknown = Object.keys(given).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) refuse(`has an unknown field ${JSON.stringify(unknown)}`);
  const text = (field: string): string | null => {
    const value = given[field] ?? null;
    if (value === null) return null;
    if (typeof value !== "string" || value === "") return refuse(`${field} must be a non-empty string`);
    const fault = faultOfText(value);
    return fault === null ? value : refuse(`${field} ${fault}`);
  };
  const name = (field: "id" | "email"): string | null => {
    const value = text(field);
    const fault = value === null ? null : faultOfName(value);
    return fault === null ? value : refuse(`${field} ${fault}, but is ${JSON.stringify(value)}`);
  };
  const roles = given.roles ?? [];
  const isRole = (role: unknown) => typeof role === "string" && isVisible(role) && faultOfText(role) === null;
  if (!Array.isArray(roles) || !roles.every(isRole)) refuse("roles must be a list of strings");
  const locale = text("locale");
  const zone = text("zone");
  if (locale !== null && !isLocale(locale)) refuse(`locale ${JSON.stringify(locale)} is not a language tag`);
  if (zone !== null && !isTimeZone(zone)) refuse(`zone is ${JSON.stringify(zone)}; it may be ${TIME_ZONE_FORM}`);
  const id = name("id") ?? refuse("has no id");
  return { id, email: name("email"), roles: roles as string[], locale, zone };
}

function isLocale(locale: string): boolean {
  try {
    return new Intl.Locale(locale) !== null;
  } catch {
    return false;
  }
}

/** The person of a token. */
export interface TokenHolder {
  viewer: Viewer;
  /** When the token was issued, in ms since 1970; null if unknown. */
  rolesIssuedAt: number | null;
  /** Whether the token has the roles claim. */
  statesRoles: boolean;
}

export interface People {
  /**
   * Records the person of a valid token.
   * @param news reads the directory even if the same data was written before
   * @returns null if the same data was written before. Otherwise a promise that settles once the directory has been
   * read, and rejects if it can be neither written nor read
   */
  recordPerson(holder: TokenHolder, news?: boolean): Promise<void> | null;
  /** Inserts or updates people in the directory. */
  put(people: readonly KnownPerson[]): Promise<void>;
  /** Resolves when no write is in progress. */
  settled(): Promise<void>;
}

/** @param onKnown receives a person's access each time the directory was read */
export function createPeople(
  pool: Pool,
  log: Pick<Logger, "warn">,
  onKnown: (known: KnownAccess) => void = () => {},
): People {
  /** When each content was last written, in ms of the monotonic clock. */
  const lastWrites = new Map<string, number>();
  const writing = new Map<string, Promise<void>>();

  async function write({ viewer, rolesIssuedAt, statesRoles }: TokenHolder): Promise<void> {
    const { userId: id, email, roles } = viewer;
    const person = { id, email, roles: [...roles], issuedAt: rolesIssuedAt, statesRoles, isAdmin: isAdmin(viewer) };
    try {
      onKnown(await upsertPerson(pool, person));
    } catch (error) {
      logFailure(log, "warn", { err: error }, "the directory of people could not be updated");
      // A read-only database still returns the person's newest roles and ended sessions.
      const [known] = await knownAccess(pool, [id]);
      onKnown(known ?? { id, roles: [], issuedAt: null, endedSessions: {}, sessionsEndedAt: null });
      throw new NotWritten();
    }
  }

  return {
    recordPerson(holder, news = false) {
      const { userId, email, roles } = holder.viewer;
      const content = JSON.stringify([userId, email, roles, holder.statesRoles, isAdmin(holder.viewer)]);
      const token = JSON.stringify([content, holder.rolesIssuedAt]);
      const inProgress = writing.get(token);
      if (inProgress !== undefined) return inProgress;
      const now = performance.now();
      const before = lastWrites.get(content);
      const isOld = before !== undefined && now - before >= NOTE_EVERY_MS;
      if (before !== undefined && !isOld && !news) return null;
      lastWrites.delete(content);
      lastWrites.set(content, now);
      if (lastWrites.size > MOST_CACHED) lastWrites.delete(lastWrites.keys().next().value as string);
      const written = write(holder)
        .catch((error: unknown) => {
          lastWrites.delete(content);
          if (!(error instanceof NotWritten)) throw error;
        })
        .finally(() => {
          writing.delete(token);
        });
      // Prevents an unhandled rejection if nobody waits for the promise.
      written.catch(() => {});
      writing.set(token, written);
      return isOld && !news ? null : written;
    },
    async put(people) {
      await correctKeys(pool);
      if (people.length > 0) await putPeople(pool, people);
    },
    async settled() {
      await Promise.allSettled(writing.values());
    },
  };
}

/** The directory could be read but not written. */
class NotWritten extends Error {}
