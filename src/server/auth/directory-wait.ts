/** Waits for the directory of people before this process uses an identity for the first time. */

import { DirectoryUnavailableError } from "./auth.ts";

/** The longest wait in ms. */
const ANSWER_WITHIN_MS = 5_000;

/**
 * @param query the pending query of the directory
 * @throws DirectoryUnavailableError if the query fails or takes too long; otherwise a lost role would count again
 */
export async function waitForDirectory(query: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new DirectoryUnavailableError("The directory of people does not respond.")),
    ANSWER_WITHIN_MS,
  );
  try {
    await Promise.race([query, late.promise]);
  } catch (error) {
    if (error instanceof DirectoryUnavailableError) throw error;
    throw new DirectoryUnavailableError("The directory of people cannot be read.", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
