/** Polls until there is a result, for changes of which the database does not notify. */

import { expect, vi } from "vitest";

/** Resolves with the first result that is not undefined. */
export const eventually = <T>(ask: () => Promise<T | undefined>): Promise<T> =>
  vi.waitFor(
    async () => {
      const answer = await ask();
      expect(answer).toBeDefined();
      return answer as T;
    },
    { timeout: 60_000, interval: 20 },
  );
