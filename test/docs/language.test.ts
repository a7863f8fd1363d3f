/** Keeps phrasings that are not plain English out of the schema, the messages, the pages and the documents. CONTRIBUTING.md has the rule. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(PROJECT, path), "utf8");
const find = (pattern: string) => globSync(pattern, { cwd: PROJECT }).toSorted();

/** Each with what to write instead. */
const PHRASINGS: [pattern: RegExp, instead: string][] = [
  [/\banew\b/i, "again"],
  [/\bany ?more\b/i, "no longer"],
  [/\bat present\b/i, "now"],
  [/\bbelieved?\b/i, "trusted"],
  [/\bby whoever\b/i, "by the …"],
  [/\bby whom\b/i, "who"],
  [/\bcarr(y|ies|ied|ying) out\b/i, "does, or: the command failed"],
  [/\bdo(es)? so\b/i, "the verb itself"],
  [/\be-mails?\b/i, "email"],
  [/\bfor good\b/i, "permanently"],
  [/\b(go|goes|going|went) on\b/i, "resumes, or: continues"],
  [/\b(hears?|heard)\b/i, "receives, or: is notified of"],
  [/\bheld together\b/i, "tested for consistency"],
  [/\b(hence|thereby|therein|thus|upon)\b/i, "so, by this, on"],
  [/\bin (another|somebody else)'s name\b/i, "on behalf of others"],
  [/\bin (his|her|their|one's) own name\b/i, "for themselves"],
  [/\bin the name of\b/i, "on behalf of"],
  [/(?<!there )\bis none\b(?! of)/i, "does not exist"],
  [/\bit is over\b/i, "it has ended"],
  [/\bkeeps? (running|waiting|going|failing|trying)\b/i, "continues to"],
  [/\bleaves? out\b/i, "omits"],
  [/\bleft out\b/i, "omitted"],
  [/\bmeanwhile\b/i, "in the meantime"],
  [/\bmend(ed|s|ing)?\b/i, "fix"],
  [/\bnone of the viewer's business\b/i, "the viewer may not see it"],
  [/\bof whom\b/i, "a relative clause with a subject"],
  [/\bputs? out\b/i, "prints"],
  [/\b(says?|saying|said)\b/i, "states, shows, reports"],
  [/\bset right\b/i, "fixed"],
  [/\b(tells?|telling|told)\b/i, "states, or: notifies"],
  [/\bthe same holds\b/i, "the same applies"],
  [/\bthe time (is|was) over\b/i, "it has expired"],
  [/\b(time|timeout) r[au]ns? out\b/i, "expired"],
  [/\bunder way\b/i, "active"],
  [/\bwas no success\b/i, "failed"],
  [/\bwhat becomes? of\b|\bwhat became of\b/i, "the outcome of"],
  [/\bwho(so)?ever\b/i, "everyone who, or the role"],
  [/\bwith(draw|draws|drew|drawn|drawal|drawals)\b/i, "cancel"],
];

const oddIn = (texts: string[]) =>
  texts.flatMap((text) =>
    PHRASINGS.flatMap(([pattern, instead]) => {
      const odd = pattern.exec(text);
      return odd === null ? [] : [`${text.slice(Math.max(0, odd.index - 40), odd.index + 60)} (write: ${instead})`];
    }),
  );

/** The literals and the texts between tags. A simple scan: it also takes literals that no person sees. */
function textsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:"'`\w])\/\/.*$/gm, "");
  const literals = code.match(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? [];
  const betweenTags = [...code.matchAll(/>([^<>{}=;]*[a-z][^<>{}=;]*)</gi)].map(([, text = ""]) => text);
  return [...literals, ...betweenTags].map((text) => text.replaceAll(/\s+/g, " "));
}

/** A document by paragraph, without code and without the addresses of links. */
const paragraphsOf = (page: string) =>
  page
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, "")
    .replaceAll(/`[^`]*`/g, "CODE")
    .replaceAll(/\]\([^)]*\)/g, "]")
    .split(/\n\n|\n(?=[|-])/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, " "));

test("the schema is in plain English", () => {
  const descriptions = [...read("schema.graphql").matchAll(/"""([\s\S]*?)"""/g)].map(([, text = ""]) => text);
  expect(descriptions.length).toBeGreaterThan(500);
  expect(oddIn(descriptions.map((text) => text.replaceAll(/\s+/g, " ")))).toEqual([]);
});

test.each(find("web/src/**/*.{ts,tsx}").filter((path) => !path.includes("/generated/")))(
  "the texts of %s are in plain English",
  (path) => {
    expect(oddIn(textsOf(read(path)))).toEqual([]);
  },
);

/** Names that the code reads: a step of a Restate service, a template variable, and the prefix of a payload. */
const NAMES = ['"withdraw the request"', '"said"', '"told:"'];

test.each(find("src/**/*.ts").filter((path) => !path.includes("/generated/")))(
  "the texts of %s are in plain English",
  (path) => {
    expect(oddIn(textsOf(read(path)).filter((text) => !NAMES.includes(text)))).toEqual([]);
  },
);

test.each(["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...find("docs/**/*.md"), ...find("examples/*/*.md")])(
  "%s is in plain English",
  (path) => {
    expect(oddIn(paragraphsOf(read(path)))).toEqual([]);
  },
);

test.each(find("src/notifications/templates/**/*.liquid"))("the text of %s is in plain English", (path) => {
  const text = read(path).replaceAll(/\{%.*?%\}|\{\{.*?\}\}|<[^>]*>/gs, " ");
  expect(oddIn([text.replaceAll(/\s+/g, " ")])).toEqual([]);
});

test("finds an odd phrasing in a literal, between tags and in a paragraph", () => {
  expect(oddIn(textsOf('const text = "It was withdrawn."; // whoever'))).toHaveLength(1);
  expect(oddIn(textsOf("<Text>Whoever may see it is told.</Text>"))).toHaveLength(2);
  expect(oddIn(paragraphsOf("Sent by\ne-mail.\n\n```\nwhoever\n```\n"))).toHaveLength(1);
});
