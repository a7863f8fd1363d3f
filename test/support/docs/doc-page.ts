/** Reads pages of docs/, so that tests can run their examples. */

import { readFileSync } from "node:fs";

export interface DocPage {
  /** The section with this heading, without its subsections. */
  text(heading: string): string;
  /** The code blocks of a language in the section with this heading, without those of its subsections. */
  blocks(heading: string, language: string): string[];
  /** The rows of the tables in it, without the heads; cells as they are written. */
  rows(heading: string): string[][];
}

export function docPage(name: string): DocPage {
  const page = readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
  const section = (heading: string): string => {
    const found = page.split(/\n#+ /).find((part) => part.startsWith(`${heading}\n`));
    if (found === undefined) throw new Error(`docs/${name} has no section ${heading}`);
    return found;
  };
  return {
    text: section,
    blocks: (heading, language) =>
      [...section(heading).matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].flatMap(([, of, code]) =>
        of === language ? [code as string] : [],
      ),
    rows: (heading) =>
      [...section(heading).matchAll(/^\|.*\|\n\| ---.*\n((?:\|.*\n)+)/gm)].flatMap(([, body]) =>
        (body as string)
          .trim()
          .split("\n")
          .map((row) =>
            row
              .slice(1, -1)
              .split(" | ")
              .map((cell) => cell.trim()),
          ),
      ),
  };
}

/** The parts of a cell or a text in backquotes. */
export const coded = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
