/** The ended sessions of one person, as far as this process knows. */

/** A session of this server, or a provider's token that is used as one. */
export interface Session {
  id: string;
  /** When it started, in ms since 1970; null for a provider's token, which does not contain it. */
  startedAt: number | null;
}

export interface EndedSessions {
  /** The expiry of each ended session in ms since 1970, by session id. */
  readonly expiries: ReadonlyMap<string, number>;
  /** All sessions that started earlier have ended; ms since 1970. */
  readonly allBefore: number;
}

export const NONE_ENDED: EndedSessions = { expiries: new Map(), allBefore: Number.NEGATIVE_INFINITY };

export const hasEnded = ({ expiries, allBefore }: EndedSessions, { id, startedAt }: Session): boolean =>
  expiries.has(id) || (startedAt !== null && startedAt < allBefore);

/**
 * Merges a result of the directory into what the process knows. The result may be older, so an ended session stays
 * ended until its expiry.
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
