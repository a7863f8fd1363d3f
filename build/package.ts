/** Builds the contents of the package into `dist`; `npm pack` and `npm publish` run it. */

import { spawnSync } from "node:child_process";
import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { visibleReact } from "../web/visible-jsx.ts";
import { keepDeclarations } from "./declarations.ts";
import { listEntries, PROJECT } from "./entries.ts";
import { writeWebSocket } from "./web-socket.ts";

// Whoever runs meanwhile finds the whole of it or nothing.
const DRAFT = join(PROJECT, "dist.draft");
const TSC = fileURLToPath(import.meta.resolve("typescript/package.json")).replace(/package\.json$/, "bin/tsc");

function compile(config: string, folder: string): void {
  const options = ["-p", join(PROJECT, config), "--outDir", folder, "--noEmitOnError"];
  // Errors go to standard error, because programs read the output of `npm pack --json`.
  const { status } = spawnSync(process.execPath, [TSC, ...options], { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(1);
}

rmSync(DRAFT, { recursive: true, force: true });
compile("tsconfig.build.json", DRAFT);
writeWebSocket(join(DRAFT, "client/web-socket.js"));
cpSync(join(PROJECT, "src/notifications/templates"), join(DRAFT, "notifications/templates"), { recursive: true });

compile("web/tsconfig.dialog.json", join(DRAFT, "decision"));
// Regardless of the environment: React has other functions for development.
process.env.NODE_ENV = "production";
await build({
  root: join(PROJECT, "web"),
  configFile: false,
  plugins: [visibleReact()],
  logLevel: "warn",
  build: {
    target: "es2023",
    outDir: join(DRAFT, "decision"),
    emptyOutDir: false,
    copyPublicDir: false,
    minify: false,
    lib: { entry: "src/decision/entry.ts", formats: ["es"], fileName: () => "entry.js", cssFileName: "style" },
    // What the dialog stands in brings them.
    rolldownOptions: { external: /^(react|@mantine\/core)(\/|$)/, output: { banner: '"use client";' } },
  },
});

const entries = listEntries().map(({ built }) => join(DRAFT, `${built.slice("dist/".length)}.d.ts`));
keepDeclarations(DRAFT, entries);
rmSync(join(PROJECT, "dist"), { recursive: true, force: true });
renameSync(DRAFT, join(PROJECT, "dist"));
