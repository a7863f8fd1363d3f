/** The entries of the package from package.json: the built files and their sources. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

export const PROJECT = join(import.meta.dirname, "..");

/** The condition under which the exports of package.json are the sources: `node --conditions=countersign-source`. */
const SOURCE_CONDITION = "countersign-source";

export interface Entry {
  /** Without its ending, as in `dist/handler/entry`. */
  built: string;
  /** As in `src/handler/entry.ts`. */
  source: string;
}

/** Every export that is a module. */
export function listEntries(): Entry[] {
  const { exports } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
    exports: Record<string, string | Record<string, string>>;
  };
  return Object.values(exports).flatMap((target) => {
    if (typeof target === "string" || target.types === undefined) return [];
    const built = target.types.replace(/^\.\/|\.d\.ts$/g, "");
    return [{ built, source: (target[SOURCE_CONDITION] as string).replace("./", "") }];
  });
}
