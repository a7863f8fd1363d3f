/**
 * Ends the access that a token gives to open connections. A socket or an event stream ends when its token expires, when
 * a newer token of the same person lacks a role that the older one has, and when its session is signed out.
 *
 * Roles belong to the person, not to the token. Among the tokens with a time of issue the newest one counts: an older
 * one grants no role that the newest lacks. A token without the roles claim grants no role, because many providers omit
 * the claim when the last role is gone. If two tokens were issued in the same second, the roles that are in both count.
 * Scopes belong to the token and end with it. Other processes learn the roles from the directory of people. A process
 * reads the directory before it uses an identity of a person for the first time. The result also has the person's ended
 * sessions.
 */

import { logFailure } from "../../db/outage-log.ts";
import type { Pool } from "../../db/pool.ts";
import { endSession, type KnownAccess, knownAccess } from "../../db/queries/directory.ts";
import type { Hub } from "../../hub/hub.ts";
import type { Logger } from "../../log.ts";
import { callAt } from "../timers.ts";
import { type EndedSessions, hasEnded, joinEnded, NONE_ENDED } from "./ended-sessions.ts";
import type { Identity } from "./identity.ts";
import { UnauthenticatedError } from "./token-refusals.ts";

export interface LiveAccess {
  /**
   * Removes the roles that a newer token of the same person lacks.
   * @returns `news`: this token changes the known roles of the person. `isKnown`: the directory has been read for the
   * person; until then, do not use the identity
   * @throws UnauthenticatedError if the session was signed out
   */
  limit(identity: Identity): { identity: Identity; news: boolean; isKnown: boolean };
  /** Takes a person's roles and ended sessions from the directory. */
  learn(known: KnownAccess): void;
  /** Signs the session of this identity out in every process. */
  endSession(identity: Identity): Promise<void>;
  /** Calls `end` once when the access of this identity ends. @returns cancels the call */
  onAccessEnd(identity: Identity, end: (reason: string) => void): () => void;
}

interface Listener {
  identity: Identity;
  end(reason: string): void;
}

/** The known roles of a person. */
interface Roles {
  roles: readonly string[];
  /** ms since 1970; NEVER if no token had a time of issue. */
  issuedAt: number;
}

interface Known extends Roles {
  ended: EndedSessions;
}

/** The number of people whose roles are cached. */
const MOST_CACHED = 50_000;
const NEVER = Number.NEGATIVE_INFINITY;
const RETRY_MS = 1_000;
/** The last time that a JavaScript date can represent. Tokens may expire later. */
const LATEST_TIME = 8.64e15;
const SIGNED_OUT = "This session was signed out";

export function createLiveAccess(options: { hub: Hub; pool: Pool; log: Pick<Logger, "warn"> }): LiveAccess {
  const { hub, pool, log } = options;
  const newest = new Map<string, Known>();
  /** People who are read from the directory for the first time. */
  const firstReads = new Set<string>();
  /** People who are read again because the cached data is out of date, with the number of pending reads. */
  const stale = new Map<string, number>();
  const listeners = new Set<Listener>();

  const lacks = (roles: readonly string[]) => (role: string) => !roles.includes(role);

  function remember(id: string, known: Known): void {
    if (!newest.delete(id)) hub.knowPerson(id);
    if (firstReads.delete(id)) hub.forgetPerson(id);
    newest.set(id, known);
    if (newest.size > MOST_CACHED) forget(newest.keys().next().value as string);
    for (const { identity, end } of listeners) {
      const { viewer, rolesIssuedAt } = identity;
      if (viewer.userId !== id) continue;
      const counts = rolesIssuedAt !== null && rolesIssuedAt <= known.issuedAt;
      if (counts && viewer.roles.some(lacks(known.roles))) end("Roles changed");
      else if (hasEnded(known.ended, identity.session)) end(SIGNED_OUT);
    }
  }

  /** Subscribes to changes of the person before the directory is read, so that no change is missed. */
  function startFirstRead(id: string): void {
    if (firstReads.has(id)) return;
    firstReads.add(id);
    hub.knowPerson(id);
  }

  function forget(id: string): void {
    if (newest.delete(id)) hub.forgetPerson(id);
  }

  /** Merges two statements of roles: the newer one counts; at the same time, the roles that are in both count. */
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
      // The next request of these people reads the directory. Their open connections are checked again later.
      for (const id of ids) forget(id);
      setTimeout(() => void lookUp(connectedOf(ids)), RETRY_MS).unref();
    }
  }

  const connectedIds = () => new Set(listeners.values().map(({ identity }) => identity.viewer.userId));
  function connectedOf(ids: readonly string[]): string[] {
    const open = connectedIds();
    return ids.filter((id) => open.has(id));
  }

  /** Reads a person again. Requests of the person wait for a read of their own until this one has finished. */
  async function renew(id: string): Promise<void> {
    stale.set(id, (stale.get(id) ?? 0) + 1);
    await lookUp([id]);
    const reads = (stale.get(id) ?? 1) - 1;
    if (reads === 0) stale.delete(id);
    else stale.set(id, reads);
  }

  hub.onPerson((id) => {
    // The hub may also have this person for another subscriber.
    if (newest.has(id) || firstReads.has(id)) void renew(id);
  });
  // The process may have missed notifications.
  hub.onResync(() => {
    const open = connectedIds();
    for (const id of newest.keys()) if (!open.has(id)) forget(id);
    void lookUp([...open]);
  });

  return {
    learn,
    async endSession({ viewer, session, expiresAt }) {
      const end = { userId: viewer.userId, sessionId: session.id, expiresAt: Math.min(expiresAt, LATEST_TIME) };
      learn(await endSession(pool, end));
    },
    limit(identity) {
      const { viewer, rolesIssuedAt: issuedAt } = identity;
      const before = newest.get(viewer.userId);
      if (before === undefined) startFirstRead(viewer.userId);
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
    onAccessEnd(identity, end) {
      const release = () => {
        cancel();
        listeners.delete(listener);
      };
      const releaseAndEnd = (reason: string) => {
        release();
        end(reason);
      };
      const cancel = callAt(identity.expiresAt, () => releaseAndEnd("Token expired"));
      const listener: Listener = { identity, end: releaseAndEnd };
      listeners.add(listener);
      return release;
    },
  };
}
