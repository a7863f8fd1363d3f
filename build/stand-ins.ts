/**
 * Puts modules of one line that lead to the sources where package.json says that the built files are, so that
 * `countersign/handler` is the same in this repository as in the package, and never an old build: `npm ci` runs this,
 * and `npm pack` does once the built files are packed.
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { listEntries, PROJECT } from "./entries.ts";

const { npm_command: command, npm_lifecycle_event: event } = process.env;
// npm prepares between the build and the packing, too.
const isPacking = event === "prepare" && (command === "pack" || command === "publish");
if (!isPacking) {
  rmSync(join(PROJECT, "dist"), { recursive: true, force: true });
  for (const { built, source } of listEntries()) {
    const folder = dirname(join(PROJECT, built));
    mkdirSync(folder, { recursive: true });
    const line = `export * from "${relative(folder, join(PROJECT, source))}";\n`;
    for (const ending of [".js", ".d.ts"]) writeFileSync(`${join(PROJECT, built)}${ending}`, line);
  }
  // The sources bring their styles themselves.
  writeFileSync(join(PROJECT, "dist/decision/style.css"), "");
}
