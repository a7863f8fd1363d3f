/** The entries of the two packages from package.json: the built files and their sources. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

export const PROJECT = join(import.meta.dirname, "..");

/** The condition under which the exports of package.json are the sources: `node --conditions=countersign-source`. */
export const SOURCE_CONDITION = "countersign-source";

/** The exports that `countersign` takes from `@countersign/server`. */
const OF_SERVER = ["./server", "./orchestrator"];

export interface Manifest {
  version: string;
  exports: Record<string, string | Record<string, string>>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  [field: string]: unknown;
}

export interface Entry {
  /** As in package.json: `./handler`. */
  name: string;
  /** The built module below `dist`, without its ending: `handler/entry`. */
  module: string;
  /** As in `src/handler/entry.ts`. */
  source: string;
  isOfServer: boolean;
}

export const readManifest = (path = "package.json"): Manifest =>
  JSON.parse(readFileSync(join(PROJECT, path), "utf8")) as Manifest;

/** Every export that is a module. */
export const listEntries = (): Entry[] =>
  Object.entries(readManifest().exports).flatMap(([name, target]) => {
    if (typeof target === "string" || target.types === undefined) return [];
    const module = target.types.replace(/^\.\/dist\/|\.d\.ts$/g, "");
    const source = (target[SOURCE_CONDITION] as string).replace("./", "");
    return [{ name, module, source, isOfServer: OF_SERVER.includes(name) }];
  });
