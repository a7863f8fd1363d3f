/**
 * The server's packages are optional dependencies of ours. npm leaves them out without a word with `--omit=optional`, and
 * each one that needs, itself or by a dependency, a newer Node.js than the one that npm runs on.
 */

export const HOW_TO_GET_IT =
  "install countersign again, with npm on Node.js 24 or newer and without --omit=optional, so that npm does not leave " +
  "out its optional dependencies";

/** The package that a module could not be loaded without; undefined for any other error. */
export const missingPackage = (error: unknown): string | undefined =>
  (error as NodeJS.ErrnoException | null)?.code === "ERR_MODULE_NOT_FOUND"
    ? /^Cannot find package '([^']+)'/.exec((error as Error).message)?.[1]
    : undefined;
