/** The entries of the package from package.json: the built files and their sources. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const PROJECT = join(import.meta.dirname, "..");

export interface Entry {
  /** Without its ending, as in `dist/handler/entry`. */
  built: string;
  /** As in `src/handler/entry.ts`. */
  source: string;
}

/** Every export that is a module. */
export function listEntries(): Entry[] {
  const { exports } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
    exports: Record<string, string | { types: string; default: string }>;
  };
  return Object.values(exports).flatMap((target) => {
    if (typeof target === "string") return [];
    const built = target.default.replace(/^\.\/|\.js$/g, "");
    const name = built.slice("dist/".length);
    const source = [`src/${name}.ts`, `web/src/${name}.ts`].find((path) => existsSync(join(PROJECT, path)));
    if (source === undefined) throw new Error(`package.json exports ${target.default}, which has no source`);
    return [{ built, source }];
  });
}
