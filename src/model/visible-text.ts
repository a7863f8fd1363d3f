/**
 * Escapes invisible characters, so that a person can check a text: characters that draw nothing or change the order of the
 * text around them become escapes like `\u{200b}`. Every surface that displays text to people uses it. Stored data never
 * changes. Pure, and imported by the web pages as well.
 */

import { once } from "./once.ts";

/**
 * Characters that draw nothing: control and format characters, what Unicode calls default ignorable (fillers, variation
 * selectors, tags), line and paragraph separators, noncharacters, and the blanks that count as letters or symbols
 * (U+2800, U+13441, U+13442, U+16FE4). Arabic, Syriac and Kaithi number signs are format characters with a glyph.
 */
const UNSEEN = String.raw`(?![\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\u{13441}\u{13442}\u{16FE4}]`;

/** Blanks that look like a space but are other bytes. */
const ODD_BLANK = String.raw`(?! )\p{Zs}`;

/** The scripts in which a joiner or non-joiner between two letters changes how they are drawn. */
const JOINED = [
  ...["Arabic", "Syriac", "Mandaic", "Nko", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil"],
  ...["Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer", "Myanmar"],
];
/** The scripts without spaces between words, where U+200B marks where a line may break. */
const UNSPACED = ["Thai", "Lao", "Khmer", "Myanmar"];

/** A character from `characters` between two letters of one of the scripts; marks on a letter count as letters. */
const between = (scripts: readonly string[], characters: string): string => {
  const letters = scripts.map((script) => String.raw`(?=\p{Script_Extensions=${script}})[\p{L}\p{M}]`);
  return `${characters}(?:${letters.map((letter) => `(?<=${letter}${characters})(?=${letter})`).join("|")})`;
};

/** Sequences in which such a character has its intended effect, which is visible. */
const IN_PLACE = [
  // The three flags with tag sequences: England, Scotland, Wales.
  String.raw`\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}`,
  // Emoji with their presentation and joined to others; keycaps.
  String.raw`\p{Extended_Pictographic}(?:[\uFE0E\uFE0F]|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*`,
  String.raw`[0-9#*]\uFE0F\u20E3`,
  // One variant of a Han character, as names in Chinese and Japanese need it.
  String.raw`\p{Script=Han}[\uFE00-\uFE02\u{E0100}-\u{E01EF}]`,
  String.raw`[\u180B-\u180F](?<=(?=\p{Script=Mongolian})\p{L}[\u180B-\u180F])`,
  between(JOINED, String.raw`[\u200C\u200D]`),
  between(UNSPACED, String.raw`\u200B`),
].join("|");

// Building one of these takes milliseconds, and most texts that a command or a page displays are plain.
const hasUnseen = once(() => new RegExp(`(?![\\t\\n])${UNSEEN}`, "u"));
const hasOdd = once(() => new RegExp(`(?![\\t\\n])(?:${UNSEEN}|${ODD_BLANK})`, "u"));
const unseenCharacters = once(() => new RegExp(`(${IN_PLACE})|(?![\\t\\n])(?:${UNSEEN})`, "gu"));
const oddCharacters = once(() => new RegExp(`(${IN_PLACE})|(?![\\t\\n])(?:${UNSEEN}|${ODD_BLANK})`, "gu"));
const seen = once(() => new RegExp(`(?!${UNSEEN})[^\\s\\p{Z}]`, "u"));

/** Printable ASCII, tabs and line feeds: nothing to escape. */
const PLAIN = /^[\t\n -~]*$/;
const PLAIN_SEEN = /[!-~]/;

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
const whole = (text: string): string => text.toWellFormed().replaceAll("\r\n", "\n");

/**
 * Escapes invisible characters in prose: titles, descriptions, names, comments. Tab and line feed stay. So do joiners and
 * variation selectors that form an emoji or a letter. A second call changes nothing.
 */
export function visible(text: string): string {
  const given = whole(text);
  if (PLAIN.test(given) || !hasUnseen().test(given)) return given;
  return given.replaceAll(unseenCharacters(), (character, kept?: string) => kept ?? escaped(character));
}

/** The same for data that programs read, such as the keys and values of a context: also escapes unusual blanks. */
export function visibleData(text: string): string {
  const given = whole(text);
  if (PLAIN.test(given) || !hasOdd().test(given)) return given;
  return given.replaceAll(oddCharacters(), (character, kept?: string) => kept ?? escaped(character));
}

/** A value as JSON on one line, with the same characters as JSON escapes. Parsing it returns the same value. */
export function visibleJson(value: unknown): string {
  const units = (text: string) =>
    text.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const json = JSON.stringify(value);
  if (PLAIN.test(json) || !hasOdd().test(json)) return json;
  return json.replaceAll(oddCharacters(), (character, kept?: string) => kept ?? units(character).join(""));
}

/** Whether a text has a visible character. */
export const isVisible = (text: string): boolean => PLAIN_SEEN.test(text) || seen().test(text);
