/** Writes the type declarations of the package: those that an export needs, with their names in the package. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const OWN_IMPORT = /(from |import\(|import )"(\.{1,2}\/[^"]+)\.tsx?"/g;

/**
 * Removes the other declarations below a folder. The compiler names sources in declarations, which the package does not
 * have.
 */
export function keepDeclarations(folder: string, entries: readonly string[]): void {
  const kept = new Set<string>();
  const keep = (path: string): void => {
    if (kept.has(path)) return;
    kept.add(path);
    const text = readFileSync(path, "utf8");
    for (const [, , name] of text.matchAll(OWN_IMPORT)) keep(`${join(dirname(path), name as string)}.d.ts`);
    writeFileSync(path, text.replace(OWN_IMPORT, '$1"$2.js"'));
  };
  entries.forEach(keep);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (path.endsWith(".d.ts") && !kept.has(path)) rmSync(path);
  }
}
