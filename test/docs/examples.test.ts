/** Tests that the TypeScript examples of README.md and docs/ compile, each as a module of its own. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { execFile } from "../support/spawn.ts";

const PROJECT = join(import.meta.dirname, "../..");
const PAGES = [
  "README.md",
  "docs/client.md",
  "docs/gate.md",
  "docs/manager.md",
  "docs/orchestrator.md",
  "docs/requests.md",
  "docs/restate.md",
];
/** The compiler options of a strict project. */
const STRICT = {
  target: "es2024",
  module: "nodenext",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
};
/** The types that the sources need, which a project has as declarations. */
const SOURCES = {
  customConditions: ["countersign-source"],
  noEmit: true,
  skipLibCheck: true,
  types: ["node"],
  allowImportingTsExtensions: true,
};

let folder: string;
/** By page, the errors of the compiler in its examples. */
let faults: Map<string, string[]>;

const examplesOf = (page: string): string[] =>
  [...readFileSync(join(PROJECT, page), "utf8").matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);
const fileOf = (page: string, number: number): string => `${page.replace(/\W/g, "-")}-${number}.mts`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-examples-"));
  const packages = { countersign: PROJECT };
  for (const name of ["@types/node", "@restatedev/restate-sdk"]) {
    Object.assign(packages, { [name]: join(PROJECT, "node_modules", name) });
  }
  for (const [name, target] of Object.entries(packages)) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
  }
  const files = PAGES.flatMap((page) =>
    examplesOf(page).map((code, number) => {
      writeFileSync(join(folder, fileOf(page, number)), code);
      return fileOf(page, number);
    }),
  );
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...STRICT, ...SOURCES }, files }));
  const tsc = join(PROJECT, "node_modules/typescript/bin/tsc");
  const compiling = execFile(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: folder });
  const { stdout } = await compiling.catch((error: { stdout: string }) => error);
  // The package's own sources are not compiled by the rules of a project that uses it.
  const said = stdout.split("\n").filter((line) => /^\S+\.mts\(|^error/.test(line));
  faults = Map.groupBy(said, (line) => PAGES.find((page) => line.startsWith(page.replace(/\W/g, "-"))) ?? "");
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(PAGES)("every example of %s compiles under a strict compiler", (page) => {
  expect(examplesOf(page).length).toBeGreaterThan(0);
  expect([...(faults.get("") ?? []), ...(faults.get(page) ?? [])]).toEqual([]);
});
