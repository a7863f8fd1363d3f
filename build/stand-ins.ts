/**
 * Writes one-line modules that re-export the sources to the places of the built files in package.json, so that
 * `countersign/handler` is the same in this repository as in the package, and never an old build: `npm ci` runs this,
 * and so does `npm pack` after packing the built files. The tests and the demo run it too, in case a pack was killed.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { listEntries, PROJECT } from "./entries.ts";

/** Changes nothing if they already exist. */
export function putStandIns(): void {
  const files = standIns();
  const isThere = ([path, text]: [string, string]) => existsSync(path) && readFileSync(path, "utf8") === text;
  if ([...files].every(isThere)) return;
  rmSync(join(PROJECT, "dist"), { recursive: true, force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function standIns(): Map<string, string> {
  const modules = listEntries().flatMap(({ built, source }): [string, string][] => {
    const path = join(PROJECT, built);
    const line = `export * from "${relative(dirname(path), join(PROJECT, source))}";\n`;
    return [".js", ".d.ts"].map((ending) => [path + ending, line]);
  });
  // The dialog's source brings its styles itself.
  return new Map([...modules, [join(PROJECT, "dist/decision/style.css"), ""]]);
}

if (import.meta.main) putStandIns();
