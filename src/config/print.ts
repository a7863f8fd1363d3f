/** Writes the tables of docs/configuration.md, which list every environment variable. */

import { readFile, writeFile } from "node:fs/promises";
import type { Variable } from "./variables/kinds.ts";
import { RETIRED, TABLES } from "./variables.ts";

const PAGE = new URL("../../docs/configuration.md", import.meta.url);
/** The place of a table in the page. */
const PLACE = /(<!-- generated from src\/config: ([\w-]+) -->\n)[\s\S]*?(<!-- end of generated -->)/g;

const row = (...cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const tableOf = (head: string[], rows: string[]): string =>
  [row(...head), row(...head.map(() => "---")), ...rows].join("\n");

function rowOf([name, { type, about, example, ...variable }]: [string, Variable<unknown>]): string {
  const usual = defaultOf(variable);
  const meaning = usual === `\`${example}\`` ? about : `${about} Example: \`${name}=${example}\``;
  return row(`\`${name}\``, type, usual, meaning);
}

function defaultOf({ default: value, defaultInWords }: Pick<Variable<unknown>, "default" | "defaultInWords">): string {
  if (defaultInWords !== undefined) return defaultInWords;
  return value === null ? "unset" : `\`${[value].flat().join(" ")}\``;
}

/** The tables by name, as Markdown. */
const TABLE_TEXTS = new Map([
  ...Object.entries(TABLES).map(([name, variables]): [string, string] => [
    name,
    tableOf(["variable", "values", "default", "meaning"], Object.entries(variables).map(rowOf)),
  ]),
  [
    "retired",
    tableOf(
      ["variable", "instead"],
      Object.entries(RETIRED).map(([name, to]) => row(`\`${name}\``, to)),
    ),
  ],
]);

/**
 * Returns the page with its tables as the code declares them.
 * @throws RangeError if the page has a table that the code does not know,or none for some
 */
export function withTables(page: string): string {
  const placed: string[] = [];
  const written = page.replaceAll(PLACE, (_, start: string, name: string, end: string) => {
    const table = TABLE_TEXTS.get(name);
    if (table === undefined) throw new RangeError(`docs/configuration.md has a table ${JSON.stringify(name)}.`);
    placed.push(name);
    return `${start}\n${table}\n\n${end}`;
  });
  const missing = [...TABLE_TEXTS.keys()].filter((name) => !placed.includes(name));
  if (missing.length > 0) throw new RangeError(`docs/configuration.md has no table ${missing.join(", ")}.`);
  return written;
}

if (import.meta.main) await writeFile(PAGE, withTables(await readFile(PAGE, "utf8")));
