/**
 * How long what a token opened stays open. A socket or an event stream ends when its token does; and it ends when a
 * newer token of the same person shows that a role is gone which the older one still tells.
 *
 * Roles belong to the person, whichever token tells them; so of the tokens that say when they were issued and what the
 * roles are, the newest one counts, and an older one gives none that the newest lacks. Scopes belong to the token alone
 * and end with it. Other processes hear of it from the directory of people.
 */

import type { Hub } from "../db/hub.ts";
import type { Pool } from "../db/pool.ts";
import { type KnownRoles, knownRoles } from "../db/queries/directory.ts";
import type { Logger } from "../log.ts";
import type { Identity } from "./auth.ts";
import { callAt } from "./timers.ts";

export interface LiveAccess {
  /**
   * The identity without roles that a newer token of the same person lacks.
   * @returns also whether this token changes what is known of the person's roles
   */
  limit(identity: Identity): { identity: Identity; news: boolean };
  /** What the directory knows of someone's roles. */
  learn(known: KnownRoles): void;
  /** Calls `end` once, when access by this identity is over; returns how to take that back. */
  hold(identity: Identity, end: (reason: string) => void): () => void;
}

interface Held {
  identity: Identity;
  lose(): void;
}

/** People whose newest roles are kept in memory; of others the directory tells soon after they are seen again. */
const MOST_REMEMBERED = 50_000;

export function createLiveAccess(options: { hub: Hub; pool: Pool; log: Pick<Logger, "warn"> }): LiveAccess {
  const { hub, pool, log } = options;
  const newest = new Map<string, Omit<KnownRoles, "id">>();
  const held = new Set<Held>();

  const lacks = (roles: readonly string[]) => (role: string) => !roles.includes(role);

  function remember({ id, roles, issuedAt }: KnownRoles): void {
    if (!newest.delete(id)) hub.knowPerson(id);
    newest.set(id, { roles, issuedAt });
    if (newest.size > MOST_REMEMBERED) forget(newest.keys().next().value as string);
    for (const { identity, lose } of held) {
      const { viewer, rolesIssuedAt } = identity;
      const older = viewer.userId === id && rolesIssuedAt !== null && rolesIssuedAt < issuedAt;
      if (older && viewer.roles.some(lacks(roles))) lose();
    }
  }

  function forget(id: string): void {
    newest.delete(id);
    hub.forgetPerson(id);
  }

  function learn(known: KnownRoles): void {
    if (known.issuedAt > (newest.get(known.id)?.issuedAt ?? Number.NEGATIVE_INFINITY)) remember(known);
  }

  async function lookUp(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      for (const known of await knownRoles(pool, ids)) learn(known);
    } catch (error) {
      log.warn({ err: error }, "the directory of people could not be read");
    }
  }

  hub.onPerson((id) => {
    if (newest.has(id)) void lookUp([id]); // Others may know people as well, for another reason.
  });
  // Notifications may have been missed.
  hub.onResync(() => void lookUp([...new Set(held.values().map(({ identity }) => identity.viewer.userId))]));

  return {
    learn,
    limit(identity) {
      const { viewer, rolesIssuedAt: issuedAt } = identity;
      if (issuedAt === null) return { identity, news: false };
      const known = newest.get(viewer.userId);
      if (known === undefined || issuedAt > known.issuedAt) {
        remember({ id: viewer.userId, roles: [...viewer.roles], issuedAt });
        const same = known?.roles.length === viewer.roles.length && !viewer.roles.some(lacks(known.roles));
        return { identity, news: known !== undefined && !same };
      }
      if (issuedAt === known.issuedAt || !viewer.roles.some(lacks(known.roles))) return { identity, news: false };
      const roles = viewer.roles.filter((role) => known.roles.includes(role));
      return { identity: { ...identity, viewer: { ...viewer, roles } }, news: false };
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
