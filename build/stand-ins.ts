/**
 * Puts modules of one line that lead to the sources where package.json says that the built files are, so that
 * `countersign/handler` is the same in this repository as in the package, and never an old build: `npm ci` runs this,
 * `npm pack` does once the built files are packed, and so do the tests and the demo, should a packing have been killed.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { listEntries, PROJECT } from "./entries.ts";

/** Changes nothing where they stand already. */
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
