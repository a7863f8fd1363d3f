/** Which sessions of one person were signed out, as far as this process knows. */

/** What a token opened or may open: a sign-in of ours, or a provider's token by itself. */
export interface Session {
  id: string;
  /** When it began, in ms since 1970; null for a provider's token, which does not say. */
  begunAt: number | null;
}

export interface EndedSessions {
  /** When each expires, in ms since 1970, by its id. */
  readonly expiries: ReadonlyMap<string, number>;
  /** Sessions that began earlier have all ended; ms since 1970. */
  readonly allBefore: number;
}

export const NONE_ENDED: EndedSessions = { expiries: new Map(), allBefore: Number.NEGATIVE_INFINITY };

export const hasEnded = ({ expiries, allBefore }: EndedSessions, { id, begunAt }: Session): boolean =>
  expiries.has(id) || (begunAt !== null && begunAt < allBefore);

/**
 * What is known with one more answer of the directory, which may be older than what was known: an ended session stays
 * ended until it would have expired.
 * @param now ms since 1970
 */
export function joinEnded(
  before: EndedSessions,
  { endedSessions, sessionsEndedAt }: { endedSessions: Record<string, number>; sessionsEndedAt: number | null },
  now: number,
): EndedSessions {
  const read = Object.entries(endedSessions);
  if (read.length === 0 && before.expiries.size === 0 && sessionsEndedAt === null) return before;
  return {
    expiries: new Map([...before.expiries, ...read].filter(([, expiresAt]) => expiresAt > now)),
    allBefore: Math.max(before.allBefore, sessionsEndedAt ?? Number.NEGATIVE_INFINITY),
  };
}
