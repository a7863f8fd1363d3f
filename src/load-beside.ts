/** Loads a module of ours that needs optional packages, where it is asked for: what is missing is said in a sentence. */

import { createRequire } from "node:module";
import { extname } from "node:path";
import { HOW_TO_GET_IT, missingPackage } from "./missing-package.ts";

/**
 * `require`, because the caller gets its answer at once.
 * @param from the caller's `import.meta.url`
 * @param path relative to it, without its ending
 * @param what begins the sentence: "A manager"
 * @throws an Error that names the package that is not installed, or says that this cannot be bundled
 */
export function loadBeside<Module>(from: string, path: string, what: string): Module {
  try {
    return createRequire(from)(path + extname(from)) as Module;
  } catch (error) {
    const missing = missingPackage(error);
    if (missing !== undefined) {
      throw new Error(`${what} needs the package ${missing}: ${HOW_TO_GET_IT}.`, { cause: error });
    }
    if (!isBundled(error as NodeJS.ErrnoException, path)) throw error;
    const message = `${what} cannot be bundled: mark the package as external (esbuild: --external:countersign).`;
    throw new Error(message, { cause: error });
  }
}

/** In a bundle the module is not beside the one that asks, or, in one of CommonJS, `import.meta.url` is undefined. */
const isBundled = ({ code = "", message }: NodeJS.ErrnoException, path: string): boolean =>
  /^ERR_INVALID_ARG_/.test(code) || (code === "MODULE_NOT_FOUND" && message.includes(path));
