/**
 * Tests that the files which the documents for contributors name exist, and that every link between documents works.
 */

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(PROJECT, path), "utf8");
const find = (pattern: string) => globSync(pattern, { cwd: PROJECT, exclude: ["**/node_modules"] });

const CONTRIBUTORS = ["CONTRIBUTING.md", "docs/architecture.md", "docs/rules.md", "docs/debugging.md"];

test.each([...CONTRIBUTORS, ...find("docs/decisions/*.md")])("every file that %s names exists", (name) => {
  const paths = [...read(name).matchAll(/`((?:src|web|test|migrations|build|bench)\/[\w./-]*)`/g)];
  expect(paths.flatMap(([, path = ""]) => (existsSync(join(PROJECT, path)) ? [] : [path]))).toEqual([]);
});

/** Anchors as GitHub makes them from headings. */
function anchorsOf(page: string): string[] {
  const text = page.replaceAll(/^```.*?^```/gms, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const pages = find("{*.md,docs/**/*.md,examples/*/*.md}");
test.each(pages)("every link of %s leads to an existing file and heading", (name) => {
  const text = read(name).replaceAll(/^ *```.*?^ *```/gms, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const file = path === "" ? name : join(dirname(name), path);
    if (!existsSync(join(PROJECT, file))) return true;
    return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

/** The pages that a page links, as paths from the project. */
const linkedFrom = (name: string) =>
  [...read(name).matchAll(/\]\(([^)\s#:]+\.md)(?:#[^)]*)?\)/g)].map(([, link = ""]) => join(dirname(name), link));

test("docs/architecture.md lists every folder of the sources", () => {
  const listed = [...read("docs/architecture.md").matchAll(/^\| `([\w/]+)` \|/gm)].map(([, path]) =>
    path?.replace(/\/$/, ""),
  );
  const folders = find("src/*/").map((path) => path.replace(/\/$/, ""));
  expect(folders.length).toBeGreaterThan(10);
  expect(folders.filter((folder) => !listed.includes(folder))).toEqual([]);
});

test("docs/README.md links every page of docs/, and README.md links it", () => {
  const linked = [...linkedFrom("docs/README.md"), ...linkedFrom("docs/decisions/README.md")];
  const all = find("docs/**/*.md").filter((page) => page !== "docs/README.md");
  expect(all.filter((page) => !linked.includes(page))).toEqual([]);
  expect(linkedFrom("README.md")).toContain("docs/README.md");
});

test("docs/decisions names every internal module of DBOS that the code imports", () => {
  const imported = find("src/**/*.ts").flatMap((path) =>
    [...read(path).matchAll(/"@dbos-inc\/dbos-sdk\/(internal\/[^"]+)"/g)].map(([, module]) => module as string),
  );
  const page = read("docs/decisions/dbos-and-its-internal-modules.md");
  const named = [...page.matchAll(/^\| `(internal\/[^`]+)`/gm)].map(([, module]) => module as string);
  expect(named.toSorted()).toEqual([...new Set(imported)].toSorted());
});
