/**
 * How long access by a token lasts. A socket or an event stream ends when its token does; it ends when a newer token of
 * the same person lacks a role that the older one has; and it ends when its session is signed out.
 *
 * Roles belong to the person, whichever token states them. Of the tokens that say when they were issued, the newest one
 * counts, and an older one gives no role that the newest lacks. A token that leaves the roles claim out gives none: many
 * providers leave it out when the last role is gone. Of two tokens that were issued in the same second, the roles count
 * that both give. Scopes belong to the token alone and end with it. The directory of people tells the other processes;
 * a process asks it before it uses an identity of a person for the first time. The sessions of a person that were signed
 * out come with the same answers.
 */

import { logFailure } from "../../db/outage-log.ts";
import type { Pool } from "../../db/pool.ts";
import { endSession, type KnownAccess, knownAccess } from "../../db/queries/directory.ts";
import type { Hub } from "../../hub/hub.ts";
import type { Logger } from "../../log.ts";
import { callAt } from "../timers.ts";
import { UnauthenticatedError } from "./auth.ts";
import { type EndedSessions, hasEnded, joinEnded, NONE_ENDED } from "./ended-sessions.ts";
import type { Identity } from "./identity.ts";

export interface LiveAccess {
  /**
   * The identity without roles that a newer token of the same person lacks.
   * @returns also whether this token changes what is known of the person's roles, and whether the directory has been
   * asked about the person; until it has, the identity must not be used
   * @throws UnauthenticatedError where the session was signed out
   */
  limit(identity: Identity): { identity: Identity; news: boolean; isKnown: boolean };
  /** Takes what the directory knows of a person's roles and ended sessions. */
  learn(known: KnownAccess): void;
  /** Signs the session of this identity out, here and in every other process. */
  endSession(identity: Identity): Promise<void>;
  /** Calls `end` once, when access by this identity is over; returns how to take that back. */
  hold(identity: Identity, end: (reason: string) => void): () => void;
}

interface Held {
  identity: Identity;
  lose(reason: string): void;
}

/** What is known of a person's roles. */
interface Roles {
  roles: readonly string[];
  /** ms since 1970; NEVER if no token has a time of issue. */
  issuedAt: number;
}

interface Known extends Roles {
  ended: EndedSessions;
}

/** People whose newest roles are cached; those of others are read again. */
const MOST_REMEMBERED = 50_000;
const NEVER = Number.NEGATIVE_INFINITY;
const RETRY_MS = 1_000;
/** The last instant of a JavaScript date: tokens may last for longer. */
const LAST_INSTANT = 8.64e15;
const SIGNED_OUT = "This session was signed out";

export function createLiveAccess(options: { hub: Hub; pool: Pool; log: Pick<Logger, "warn"> }): LiveAccess {
  const { hub, pool, log } = options;
  const newest = new Map<string, Known>();
  /** People who are being read from the directory for the first time. */
  const asking = new Set<string>();
  /** People who are being read again, with the number of reads: what is known of them is out of date. */
  const stale = new Map<string, number>();
  const held = new Set<Held>();

  const lacks = (roles: readonly string[]) => (role: string) => !roles.includes(role);

  function remember(id: string, known: Known): void {
    if (!newest.delete(id)) hub.knowPerson(id);
    if (asking.delete(id)) hub.forgetPerson(id);
    newest.set(id, known);
    if (newest.size > MOST_REMEMBERED) forget(newest.keys().next().value as string);
    for (const { identity, lose } of held) {
      const { viewer, rolesIssuedAt } = identity;
      if (viewer.userId !== id) continue;
      const counts = rolesIssuedAt !== null && rolesIssuedAt <= known.issuedAt;
      if (counts && viewer.roles.some(lacks(known.roles))) lose("Roles changed");
      else if (hasEnded(known.ended, identity.session)) lose(SIGNED_OUT);
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
  function join(before: Roles | undefined, { roles, issuedAt }: Roles): Roles {
    if (before === undefined || issuedAt > before.issuedAt) return { roles, issuedAt };
    if (issuedAt < before.issuedAt || !before.roles.some(lacks(roles))) return before;
    return { roles: before.roles.filter((role) => roles.includes(role)), issuedAt };
  }

  function learn({ id, roles, issuedAt, ...sessions }: KnownAccess): void {
    const before = newest.get(id);
    const newer = join(before, { roles, issuedAt: issuedAt ?? NEVER });
    const ended = joinEnded(before?.ended ?? NONE_ENDED, sessions, Date.now());
    if (newer !== before || ended !== before.ended) remember(id, { ...newer, ended });
  }

  async function lookUp(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      for (const known of await knownAccess(pool, ids)) learn(known);
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

  /** Until the directory has answered, whoever comes waits for an answer of their own. */
  async function renew(id: string): Promise<void> {
    stale.set(id, (stale.get(id) ?? 0) + 1);
    await lookUp([id]);
    const reads = (stale.get(id) ?? 1) - 1;
    if (reads === 0) stale.delete(id);
    else stale.set(id, reads);
  }

  hub.onPerson((id) => {
    // The hub may watch the person for another subscriber.
    if (newest.has(id) || asking.has(id)) void renew(id);
  });
  // Notifications may have been missed.
  hub.onResync(() => {
    const open = heldIds();
    for (const id of newest.keys()) if (!open.has(id)) forget(id);
    void lookUp([...open]);
  });

  return {
    learn,
    async endSession({ viewer, session, expiresAt }) {
      const end = { userId: viewer.userId, sessionId: session.id, expiresAt: Math.min(expiresAt, LAST_INSTANT) };
      learn(await endSession(pool, end));
    },
    limit(identity) {
      const { viewer, rolesIssuedAt: issuedAt } = identity;
      const before = newest.get(viewer.userId);
      if (before === undefined) askAbout(viewer.userId);
      else if (hasEnded(before.ended, identity.session)) throw new UnauthenticatedError(`${SIGNED_OUT}.`);
      const isKnown = before !== undefined && !stale.has(viewer.userId);
      if (issuedAt === null || before === undefined) return { identity, news: false, isKnown };
      const known = join(before, { roles: viewer.roles, issuedAt });
      if (known !== before) remember(viewer.userId, { ...known, ended: before.ended });
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
      const one: Held = { identity, lose: over };
      held.add(one);
      return release;
    },
  };
}
