/** Waits for the directory of people before an identity is used for the first time in this process. */

import { DirectoryUnavailableError } from "./auth.ts";

/** ms; a caller that waits longer tries again. */
const ANSWER_WITHIN_MS = 5_000;

/**
 * @param answer what the directory was asked
 * @throws DirectoryUnavailableError where it fails or takes too long: without it a lost role would count once more
 */
export async function answerOfDirectory(answer: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new DirectoryUnavailableError("The directory of people does not respond.")),
    ANSWER_WITHIN_MS,
  );
  try {
    await Promise.race([answer, late.promise]);
  } catch (error) {
    if (error instanceof DirectoryUnavailableError) throw error;
    throw new DirectoryUnavailableError("The directory of people cannot be read.", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
