/** Polls until there is a result, for changes of which the database does not notify. */

import { expect, vi } from "vitest";

/** For `vi.waitFor`, which gives up after a second by default. A bound for what hangs: no test waits longer than it must. */
export const patiently = { timeout: 60_000, interval: 20 };

/** Resolves with the first result that is not undefined. */
export const eventually = <T>(ask: () => Promise<T | undefined>): Promise<T> =>
  vi.waitFor(async () => {
    const answer = await ask();
    expect(answer).toBeDefined();
    return answer as T;
  }, patiently);
