/** Tests the configuration of releases, and that no page runs or installs a package that is not published. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clientManifest, serverManifest } from "../../build/manifests.ts";

const PROJECT = join(import.meta.dirname, "../..");
const readText = (path: string) => readFileSync(join(PROJECT, path), "utf8");
const read = (path: string) => JSON.parse(readText(path));

it("both packages have the version of package.json, to which changesets apply", () => {
  const { name, version } = read("package.json");
  const { dependencies } = read("build/repository/package.json");
  const { fixed, privatePackages } = read(".changeset/config.json");
  expect({ fixed, privatePackages }).toEqual({ fixed: [[name]], privatePackages: { version: true, tag: true } });
  const server = serverManifest(new Set(Object.keys(dependencies)));
  expect([clientManifest().version, server.version, server.peerDependencies.countersign]).toEqual([
    version,
    version,
    version,
  ]);
});

it("each dependency of the server is listed in package.json with the same version", () => {
  expect(read("package.json").devDependencies).toMatchObject(read("build/repository/package.json").dependencies);
});

const PAGES = globSync(["*.md", "docs/**/*.md", "examples/**/*.{md,yml}", ".github/**/*.{md,yml}", "src/**/*.ts"], {
  cwd: PROJECT,
  exclude: ["**/node_modules/**"],
});
/** A command that would download what somebody else has published as `countersign`. */
const BY_NAME =
  /\bnpx (?!--no-install )(?:-\S+ )*@?countersign\b|\bnpm (?:i|install|add|exec)\b[^\n`]* @?countersign(?![-\w.])/g;

it("no page runs or installs countersign by its name", () => {
  const found = PAGES.flatMap((page) => [...readText(page).matchAll(BY_NAME)].map(([line]) => `${page}: ${line}`));
  expect(PAGES.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});

it("a command that runs or installs countersign by its name is recognized", () => {
  const wrong = [
    "npx countersign list",
    "npx --yes countersign",
    "npm install countersign",
    "npm i -D @countersign/server",
  ];
  const right = ["npm install ./countersign-0.1.0.tgz", "npx --no-install countersign", "countersign serve"];
  expect([...wrong, ...right].filter((line) => line.match(BY_NAME))).toEqual(wrong);
});
