/** Tests that everything that the package exports has a doc comment, and what programs call has an example. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../../src");
const ENTRIES = ["client", "handler", "orchestrator", "restate", "server"];

interface Exported {
  name: string;
  file: string;
}

/** The names that an entry exports, with the files that declare them. */
function exportsOf(entry: string): Exported[] {
  const text = readFileSync(join(SRC, entry, "entry.ts"), "utf8");
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";/gm)];
  return lists.flatMap(([, names = "", from = ""]) =>
    names
      .split(",")
      .map(
        (name) =>
          name
            .trim()
            .replace(/^type /, "")
            .split(" as ")[0] as string,
      )
      .filter((name) => name !== "")
      .map((name) => ({ name, file: join(SRC, entry, from) })),
  );
}

/** The declaration of an export: its keyword, and the comment directly above it. */
function declarationOf({ name, file }: Exported): { keyword: string; comment: string } {
  const text = readFileSync(file, "utf8");
  const pattern = new RegExp(
    `((?:/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?)export (?:abstract )?(async function|function|class|const|interface|type) ${name}\\b(?! from)`,
  );
  const [, comment = "", keyword = ""] = pattern.exec(text) ?? [];
  return { keyword, comment };
}

/** Constants of which the values are strings or documents, and errors, which programs receive and do not create. */
const needsExample = ({ name }: Exported, keyword: string): boolean =>
  ["function", "async function", "class"].includes(keyword) && !name.endsWith("Error");

const EXPORTS = ENTRIES.flatMap((entry) => exportsOf(entry).map((exported) => ({ entry, ...exported })));

it("the exports of every entry are found", () => {
  for (const entry of ENTRIES.filter((name) => name !== "server")) {
    expect(exportsOf(entry).length, entry).toBeGreaterThan(1);
  }
  expect(EXPORTS.filter((exported) => declarationOf(exported).keyword === "")).toEqual([]);
});

it("everything that the package exports has a doc comment", () => {
  const bare = EXPORTS.filter((exported) => declarationOf(exported).comment === "");
  expect(bare.map(({ entry, name }) => `${entry}: ${name}`)).toEqual([]);
});

it("every function and class that the package exports has an example", () => {
  const without = EXPORTS.filter((exported) => {
    const { keyword, comment } = declarationOf(exported);
    return needsExample(exported, keyword) && !comment.includes("@example");
  });
  expect(without.map(({ entry, name }) => `${entry}: ${name}`)).toEqual([]);
});
