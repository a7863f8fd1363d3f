/**
 * Divides the built modules between the two packages. What the entries of `countersign` and its command import at once is
 * in `countersign`; everything else is in `@countersign/server`. No module is in both, because classes and shared
 * instances would then exist twice.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Entry, PROJECT } from "./entries.ts";
import {
  type Ending,
  type Import,
  importsOf,
  listModules,
  reachedFrom,
  readModule,
  rewriteImports,
} from "./modules.ts";

const COMMAND = "cli";
/** The module of a file that has only types. */
const EMPTY = /^export \{\};\s*$/;

/** Both packages have their modules in `dist`, which is exported as `internal` for the other package. */
const inClient = (module: string) => `countersign/internal/${module}.js`;
const inServer = (module: string) => `@countersign/server/internal/${module}.js`;

/**
 * Writes the modules and declarations of both packages.
 * @param built the folder with all modules
 * @param folders the `dist` folders to write
 * @returns the packages that the modules of `@countersign/server` import
 */
export async function splitModules(
  built: string,
  entries: readonly Entry[],
  folders: { client: string; server: string },
): Promise<Set<string>> {
  const own = entries.filter(({ isOfServer }) => !isOfServer).map(({ module }) => module);
  const ofServer = entries.filter(({ isOfServer }) => isOfServer);
  const packages = new Set<string>();

  const client = reachedFrom(built, [...own, COMMAND], ".js", ({ isOnDemand }) => !isOnDemand);
  for (const module of client) {
    copy(module, ".js", folders.client, (to) => (client.has(to.to) ? null : inServer(to.to)));
  }
  for (const module of listModules(built, ".js")) {
    const text = readModule(built, module, ".js");
    if (client.has(module) || EMPTY.test(text)) continue;
    for (const { to, isOwn } of importsOf(module, text)) if (!isOwn) packages.add(packageOf(to));
    copy(module, ".js", folders.server, (to) => (client.has(to.to) ? inClient(to.to) : null));
  }

  const clientTypes = reachedFrom(built, own, ".d.ts");
  for (const module of clientTypes) copy(module, ".d.ts", folders.client, () => null);
  const serverEntries = ofServer.map(({ module }) => module);
  for (const module of reachedFrom(built, serverEntries, ".d.ts", ({ to }) => !clientTypes.has(to))) {
    copy(module, ".d.ts", folders.server, (to) => (clientTypes.has(to.to) ? inClient(to.to) : null));
  }
  for (const entry of ofServer) await writeForwarding(entry, folders.client);
  return packages;

  /** @param rewrite the name of an own module in the other package; null if it is in the same one */
  function copy(module: string, ending: Ending, folder: string, rewrite: (to: Import) => string | null): void {
    const text = rewriteImports(module, readModule(built, module, ending), (to, name) =>
      // The compiler names sources in declarations, which the packages do not have.
      to.isOwn ? (rewrite(to) ?? name.replace(/\.tsx?$/, ".js")) : name,
    );
    write(join(folder, module + ending), text);
  }
}

/** Writes the module that passes an entry of `@countersign/server` on, or says in one line that the package is missing. */
async function writeForwarding({ name, module, source }: Entry, folder: string): Promise<void> {
  const names = Object.keys(await import(join(PROJECT, source)));
  const what = `countersign${name.slice(1)}`;
  write(
    join(folder, `${module}.js`),
    'import { requireServer } from "../server-package.js";\n' +
      `export const { ${names.join(", ")} } = requireServer("${module}", "${what}");\n`,
  );
  write(
    join(folder, `${module}.d.ts`),
    `export * from "@countersign/server${name === "./server" ? "" : name.slice(1)}";\n`,
  );
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** `@scope/name/path` and `name/path` without the path. */
const packageOf = (name: string): string => name.split("/", name.startsWith("@") ? 2 : 1).join("/");
