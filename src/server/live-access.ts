/**
 * How long access by a token lasts. A socket or an event stream ends when its token does; and it ends when a newer token
 * of the same person lacks a role that the older one has.
 *
 * Roles belong to the person, whichever token states them. Of the tokens that say when they were issued, the newest one
 * counts, and an older one gives no role that the newest lacks. A token that leaves the roles claim out gives none: many
 * providers leave it out when the last role is gone. Of two tokens that were issued in the same second, the roles count
 * that both give. Scopes belong to the token alone and end with it. The directory of people tells the other processes;
 * a process asks it before it uses an identity of a person for the first time.
 */

import type { Hub } from "../db/hub.ts";
import { logFailure } from "../db/outage-log.ts";
import type { Pool } from "../db/pool.ts";
import { type KnownRoles, knownRoles } from "../db/queries/directory.ts";
import type { Logger } from "../log.ts";
import type { Identity } from "./auth.ts";
import { callAt } from "./timers.ts";

export interface LiveAccess {
  /**
   * The identity without roles that a newer token of the same person lacks.
   * @returns also whether this token changes what is known of the person's roles, and whether the directory has been
   * asked about the person; until it has, the identity must not be used
   */
  limit(identity: Identity): { identity: Identity; news: boolean; isKnown: boolean };
  /** Takes what the directory knows of a person's roles. */
  learn(known: KnownRoles): void;
  /** Calls `end` once, when access by this identity is over; returns how to take that back. */
  hold(identity: Identity, end: (reason: string) => void): () => void;
}

interface Held {
  identity: Identity;
  lose(): void;
}

/** What is known of a person's roles. */
interface Known {
  roles: readonly string[];
  /** ms since 1970; NEVER if no token has a time of issue. */
  issuedAt: number;
}

/** People whose newest roles are cached; those of others are read again. */
const MOST_REMEMBERED = 50_000;
const NEVER = Number.NEGATIVE_INFINITY;
const RETRY_MS = 1_000;

export function createLiveAccess(options: { hub: Hub; pool: Pool; log: Pick<Logger, "warn"> }): LiveAccess {
  const { hub, pool, log } = options;
  const newest = new Map<string, Known>();
  /** People whose roles are being read from the directory for the first time. */
  const asking = new Set<string>();
  const held = new Set<Held>();

  const lacks = (roles: readonly string[]) => (role: string) => !roles.includes(role);

  function remember(id: string, known: Known): void {
    if (!newest.delete(id)) hub.knowPerson(id);
    if (asking.delete(id)) hub.forgetPerson(id);
    newest.set(id, known);
    if (newest.size > MOST_REMEMBERED) forget(newest.keys().next().value as string);
    for (const { identity, lose } of held) {
      const { viewer, rolesIssuedAt } = identity;
      const counts = viewer.userId === id && rolesIssuedAt !== null && rolesIssuedAt <= known.issuedAt;
      if (counts && viewer.roles.some(lacks(known.roles))) lose();
    }
  }

  /** Subscribes to changes of the person, so that none is missed while the directory is read. */
  function askAbout(id: string): void {
    if (asking.has(id)) return;
    asking.add(id);
    hub.knowPerson(id);
  }

  function forget(id: string): void {
    if (newest.delete(id)) hub.forgetPerson(id);
  }

  /** What is known with one more statement about the roles: the newer one, or of two at the same time what both give. */
  function join(before: Known | undefined, { roles, issuedAt }: Known): Known {
    if (before === undefined || issuedAt > before.issuedAt) return { roles, issuedAt };
    if (issuedAt < before.issuedAt || !before.roles.some(lacks(roles))) return before;
    return { roles: before.roles.filter((role) => roles.includes(role)), issuedAt };
  }

  function learn({ id, roles, issuedAt }: KnownRoles): void {
    const before = newest.get(id);
    const known = join(before, { roles, issuedAt: issuedAt ?? NEVER });
    if (known !== before) remember(id, known);
  }

  async function lookUp(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      for (const known of await knownRoles(pool, ids)) learn(known);
    } catch (error) {
      logFailure(log, "warn", { err: error }, "the directory of people could not be read");
      // Their next request reads the directory; their open connections are checked again later.
      for (const id of ids) forget(id);
      setTimeout(() => void lookUp(heldOf(ids)), RETRY_MS).unref();
    }
  }

  const heldIds = () => new Set(held.values().map(({ identity }) => identity.viewer.userId));
  function heldOf(ids: readonly string[]): string[] {
    const open = heldIds();
    return ids.filter((id) => open.has(id));
  }

  hub.onPerson((id) => {
    // The hub may watch the person for another subscriber.
    if (newest.has(id) || asking.has(id)) void lookUp([id]);
  });
  // Notifications may have been missed.
  hub.onResync(() => {
    const open = heldIds();
    for (const id of newest.keys()) if (!open.has(id)) forget(id);
    void lookUp([...open]);
  });

  return {
    learn,
    limit(identity) {
      const { viewer, rolesIssuedAt: issuedAt } = identity;
      const before = newest.get(viewer.userId);
      const isKnown = before !== undefined;
      if (!isKnown) askAbout(viewer.userId);
      if (issuedAt === null || !isKnown) return { identity, news: false, isKnown };
      const known = join(before, { roles: viewer.roles, issuedAt });
      if (known !== before) remember(viewer.userId, known);
      const news = before.roles.length !== known.roles.length || before.roles.some(lacks(known.roles));
      if (!viewer.roles.some(lacks(known.roles))) return { identity, news, isKnown };
      const roles = viewer.roles.filter((role) => known.roles.includes(role));
      return { identity: { ...identity, viewer: { ...viewer, roles } }, news, isKnown };
    },
    hold(identity, end) {
      const release = () => {
        cancel();
        held.delete(one);
      };
      const over = (reason: string) => {
        release();
        end(reason);
      };
      const cancel = callAt(identity.expiresAt, () => over("Token expired"));
      const one: Held = { identity, lose: () => over("Roles changed") };
      held.add(one);
      return release;
    },
  };
}
