/** Reads and rewrites the imports of built modules and declarations. A module is named by its path without ending. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Ending = ".js" | ".d.ts";

const IMPORT = /(^(?:import|export|\}) (?:[^\n"';]*?\bfrom )?|^\} from |\bimport\()["']([^"'\n]+)["']/gm;

export interface Import {
  /** A module, or the name that is imported from another package. */
  to: string;
  isOwn: boolean;
  /** By `import()`. In declarations this is an import like any other. */
  isOnDemand: boolean;
}

/** The modules below a folder that have a file with this ending. */
export const listModules = (folder: string, ending: Ending): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length));

export const readModule = (folder: string, module: string, ending: Ending): string =>
  readFileSync(join(folder, module + ending), "utf8");

function toImport(from: string, how: string, name: string): Import {
  const isOwn = name.startsWith(".");
  return {
    to: isOwn ? join(from, "..", name).replace(/\.[jt]sx?$/, "") : name,
    isOwn,
    isOnDemand: how === "import(",
  };
}

export const importsOf = (module: string, text: string): Import[] =>
  [...text.matchAll(IMPORT)].map(([, how = "", name = ""]) => toImport(module, how, name));

/** Replaces each name that a module imports. */
export const rewriteImports = (module: string, text: string, rewrite: (to: Import, name: string) => string): string =>
  text.replace(IMPORT, (_match, how: string, name: string) => `${how}"${rewrite(toImport(module, how, name), name)}"`);

/** The modules that entries reach. @param follows which of their imports to follow */
export function reachedFrom(
  folder: string,
  entries: readonly string[],
  ending: Ending,
  follows: (to: Import) => boolean = () => true,
): Set<string> {
  const reached = new Set(entries);
  for (const module of reached) {
    for (const to of importsOf(module, readModule(folder, module, ending))) {
      if (to.isOwn && follows(to)) reached.add(to.to);
    }
  }
  return reached;
}
