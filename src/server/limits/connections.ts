/** Limits the open connections of each user: WebSockets, event streams, waits over REST. */

import type { Identity } from "../auth/identity.ts";
import type { LiveAccess } from "../auth/live-access.ts";
import { RateLimitError } from "./limit-error.ts";

/**
 * Adds a limit for each user to `onAccessEnd`.
 * @param most connections that one user may have in this process
 * @returns an `onAccessEnd` that throws RateLimitError
 */
export function limitConnections(onAccessEnd: LiveAccess["onAccessEnd"], most: number): LiveAccess["onAccessEnd"] {
  const open = new Map<string, number>();

  function leave(userId: string): void {
    const others = (open.get(userId) ?? 1) - 1;
    if (others === 0) open.delete(userId);
    else open.set(userId, others);
  }

  return ({ viewer, ...rest }: Identity, end) => {
    const { userId } = viewer;
    const count = (open.get(userId) ?? 0) + 1;
    if (count > most) {
      throw new RateLimitError("connectionsPerViewer", "This user has too many open connections", count, most);
    }
    open.set(userId, count);
    const release = onAccessEnd({ viewer, ...rest }, end);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      release();
      leave(userId);
    };
  };
}
