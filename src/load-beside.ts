/** Loads a module that needs optional packages, on first use. If a package is missing, the error names it. */

import { createRequire } from "node:module";
import { extname } from "node:path";
import { INSTALL_HINT, missingPackage } from "./missing-package.ts";

/**
 * Loads it with `require`, because the caller needs it synchronously.
 * @param from the caller's `import.meta.url`
 * @param path relative to `from`, without the file extension
 * @param what the subject of the error message: "A manager"
 * @throws an Error that names the package that is not installed, or an Error that this cannot be bundled
 */
export function loadBeside<Module>(from: string, path: string, what: string): Module {
  try {
    return createRequire(from)(path + extname(from)) as Module;
  } catch (error) {
    const missing = missingPackage(error);
    if (missing !== undefined) {
      throw new Error(`${what} needs the package ${missing}: ${INSTALL_HINT}.`, { cause: error });
    }
    if (!isBundled(error as NodeJS.ErrnoException, path)) throw error;
    const message = `${what} cannot be bundled: mark the package as external (esbuild: --external:countersign).`;
    throw new Error(message, { cause: error });
  }
}

/** In a bundle the module is not beside its caller. In a CommonJS bundle `import.meta.url` is undefined. */
const isBundled = ({ code = "", message }: NodeJS.ErrnoException, path: string): boolean =>
  /^ERR_INVALID_ARG_/.test(code) || (code === "MODULE_NOT_FOUND" && message.includes(path));
