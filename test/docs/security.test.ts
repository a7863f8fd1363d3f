/** Tests that every test that docs/security.md names exists. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const named = [...read("docs/security.md").matchAll(/`(test\/[\w./-]+\.test\.ts)::([^`]+)`/g)];

it("docs/security.md names a test for each threat", () => {
  const threats =
    read("docs/security.md")
      .split("## Threats")[1]
      ?.split("\n## ")[0]
      ?.match(/^\| .*\|$/gm) ?? [];
  expect(threats.length).toBeGreaterThan(20);
  expect(threats.slice(2).filter((line) => !line.includes(".test.ts::"))).toEqual([]);
});

it.each(named.map(([, path, name]) => [path as string, name as string]))(
  "docs/security.md names an existing test: %s has %s",
  (path, name) => {
    expect(read(path)).toContain(name);
  },
);
