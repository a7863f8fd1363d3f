/** How many connections a user holds open: WebSockets, event streams, waits over REST. */

import type { Identity } from "../auth/identity.ts";
import type { LiveAccess } from "../auth/live-access.ts";
import { RateLimitError } from "./limit-error.ts";

/**
 * `hold` with a bound for each user.
 * @param most connections that one user may hold in this process
 * @returns a `hold` that throws RateLimitError
 */
export function boundedHold(hold: LiveAccess["hold"], most: number): LiveAccess["hold"] {
  const open = new Map<string, number>();

  function leave(userId: string): void {
    const others = (open.get(userId) ?? 1) - 1;
    if (others === 0) open.delete(userId);
    else open.set(userId, others);
  }

  return ({ viewer, ...rest }: Identity, end) => {
    const { userId } = viewer;
    const held = (open.get(userId) ?? 0) + 1;
    if (held > most) {
      throw new RateLimitError("connectionsPerViewer", "This user has too many open connections", held, most);
    }
    open.set(userId, held);
    const release = hold({ viewer, ...rest }, end);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      release();
      leave(userId);
    };
  };
}
