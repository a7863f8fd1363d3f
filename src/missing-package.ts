/**
 * Recognizes a package that is not installed. The server's packages are optional dependencies. npm omits them silently
 * with `--omit=optional`, and if a package or one of its dependencies needs a newer Node.js than npm runs on.
 */

export const INSTALL_HINT =
  "reinstall countersign with npm on Node.js 24 or newer and without --omit=optional, so that npm installs its optional " +
  "dependencies";

/** The name of the package that is missing; undefined for any other error. */
export const missingPackage = (error: unknown): string | undefined =>
  (error as NodeJS.ErrnoException | null)?.code === "ERR_MODULE_NOT_FOUND"
    ? /^Cannot find package '([^']+)'/.exec((error as Error).message)?.[1]
    : undefined;
