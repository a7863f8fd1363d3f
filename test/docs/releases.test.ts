/** Tests that the configuration of releases covers every package that is published. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");
const read = (path: string) => JSON.parse(readFileSync(join(PROJECT, path), "utf8"));

const root = read("package.json");
const published = (root.workspaces as string[])
  .flatMap((pattern) => (pattern === "." ? pattern : globSync(pattern, { cwd: PROJECT })))
  .map((folder) => read(join(folder, "package.json")))
  .filter((manifest) => manifest.private !== true);

it("all published packages are released together, with the same version", () => {
  expect(published.map(({ name }) => name)).toContain("countersign");
  expect(read(".changeset/config.json").fixed).toEqual([published.map(({ name }) => name)]);
  expect(new Set(published.map(({ version }) => version))).toEqual(new Set([root.version]));
});
