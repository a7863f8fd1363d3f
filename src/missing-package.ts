/** The server's packages are optional dependencies of ours: what to say to who left them out and needs one. */

export const HOW_TO_GET_IT = "install countersign without leaving out its optional dependencies";

/** The package that a module could not be loaded without; undefined for any other error. */
export const missingPackage = (error: unknown): string | undefined =>
  (error as NodeJS.ErrnoException | null)?.code === "ERR_MODULE_NOT_FOUND"
    ? /^Cannot find package '([^']+)'/.exec((error as Error).message)?.[1]
    : undefined;
