/**
 * Builds `dist`, which `npm pack` packs, and `packages/countersign` and `packages/server`, which are published.
 * `npm pack` runs it.
 */

import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { visibleReact } from "../web/visible-jsx.ts";
import { listEntries, PROJECT } from "./entries.ts";
import { clientManifest, serverManifest } from "./manifests.ts";
import { splitModules } from "./split.ts";
import { writeWebSocket } from "./web-socket.ts";

// A process that reads the built files in the meantime finds all of them or none.
const DRAFT = join(PROJECT, "dist.draft");
const ALL = join(DRAFT, "all");
const CLIENT = join(DRAFT, "packages/countersign");
const SERVER = join(DRAFT, "packages/server");
const TSC = fileURLToPath(import.meta.resolve("typescript/package.json")).replace(/package\.json$/, "bin/tsc");

function compile(config: string, folder: string): void {
  const options = ["-p", join(PROJECT, config), "--outDir", folder, "--noEmitOnError"];
  // Errors go to standard error, because programs read the output of `npm pack --json`.
  const { status } = spawnSync(process.execPath, [TSC, ...options], { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(1);
}

/** Copies a file or folder of the repository. */
const copy = (name: string, folder: string, to = name) =>
  cpSync(join(PROJECT, name), join(folder, to), { recursive: true });

/** Copies the files with this ending in a folder of the repository. */
function copyFiles(name: string, ending: string, folder: string): void {
  const names = readdirSync(join(PROJECT, name)).filter((file) => file.endsWith(ending));
  for (const file of names) copy(`${name}/${file}`, folder);
}

const writeManifest = (folder: string, manifest: object) =>
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

rmSync(DRAFT, { recursive: true, force: true });
compile("tsconfig.build.json", ALL);
writeWebSocket(join(ALL, "client/web-socket.js"));

compile("web/tsconfig.dialog.json", join(ALL, "decision"));
// Independent of the environment: React has other functions for development.
process.env.NODE_ENV = "production";
await build({
  root: join(PROJECT, "web"),
  configFile: false,
  plugins: [visibleReact()],
  logLevel: "warn",
  build: {
    target: "es2023",
    outDir: join(ALL, "decision"),
    emptyOutDir: false,
    copyPublicDir: false,
    minify: false,
    lib: { entry: "src/decision/entry.ts", formats: ["es"], fileName: () => "entry.js", cssFileName: "style" },
    // The application that shows the dialog has them.
    rolldownOptions: { external: /^(react|@mantine\/core)(\/|$)/, output: { banner: '"use client";' } },
  },
});

const folders = { client: join(CLIENT, "dist"), server: join(SERVER, "dist") };
const imported = await splitModules(ALL, listEntries(), folders);
cpSync(join(ALL, "decision/style.css"), join(folders.client, "decision/style.css"));
for (const name of ["bin", "schema.graphql", "README.md", "LICENSE"]) copy(name, CLIENT);
copyFiles("docs", ".md", CLIENT);
writeManifest(CLIENT, clientManifest());

copy("src/notifications/templates", SERVER, "dist/notifications/templates");
copyFiles("migrations", ".sql", SERVER);
for (const name of ["web/dist", "LICENSE"]) copy(name, SERVER);
copy("build/server-readme.md", SERVER, "README.md");
writeManifest(SERVER, serverManifest(imported));

cpSync(folders.client, join(DRAFT, "dist"), { recursive: true });
for (const name of ["packages", "dist"]) {
  rmSync(join(PROJECT, name), { recursive: true, force: true });
  renameSync(join(DRAFT, name), join(PROJECT, name));
}
rmSync(DRAFT, { recursive: true });
