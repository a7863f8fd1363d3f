/** Text made safe for where it goes: what people wrote must not act there, be it in HTML, in Slack or in a header. Pure. */

import { visible } from "../model/visible-text.ts";

/** UTF-16 units; a longer one, made to be so, is cut. */
const LONGEST_GRAPHEME = 64;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Cut to so many UTF-16 units, an ellipsis included, not within what is seen as one character.
 * @param sizeOf how much of the room a piece takes, where that is not its length
 */
export function cut(text: string, max: number, sizeOf = (piece: string): number => piece.length): string {
  if (text.length <= max && sizeOf(text) <= max) return text;
  let [end, size] = [0, 0];
  for (const { index, segment } of graphemes.segment(text.slice(0, max + LONGEST_GRAPHEME))) {
    size += sizeOf(segment);
    if (size > max - 1 || index + segment.length > max - 1) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}…`;
}

/** For a subject line or a list: one line, at most so long. */
export const oneLine = (text: string, max: number, cutting = cut): string =>
  cutting(visible(text).replaceAll(/\s+/g, " ").trim(), max);

const HTML_ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/** For HTML where the bytes matter: the value of a field that is sent back. */
export const escapeHtmlOnly = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => HTML_ENTITIES[character] as string);

/** For HTML that people read, attributes in quotes included. */
export const escapeHtml = (text: string): string => escapeHtmlOnly(visible(text));

/** Slack's own three: without them nothing is a mention, a link or a date. */
const slackEntities = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** For an object of type plain_text, as it is written; blank becomes a dash, since Slack refuses an empty text. */
export function slackPlain(text: string, max: number, cutting = cut): string {
  const shown = visible(text).trim();
  return slackEntities(cutting(shown === "" ? "–" : shown, max, (piece) => slackEntities(piece).length));
}

/**
 * For an object of type mrkdwn as well. Slack knows no escape for *bold*, _italic_, ~struck~, `code`, :emoji: and > at
 * the beginning of a line, so their characters are replaced by ones that look like them, where they would act.
 */
export function slackText(text: string, max: number, cutting = cut): string {
  const inert = visible(text)
    .replaceAll("*", "∗")
    .replaceAll("~", "∼")
    .replaceAll("`", "ˋ")
    .replaceAll(/(?<![a-z0-9])_|_(?![a-z0-9])/gi, "ˍ")
    .replaceAll(/(?<!\d):(?=[\w+'-]+:)|:(?=[\d_+'-]*[a-z][\w+'-]*:)/gi, "∶")
    .replaceAll(/^([^\S\n]*)>/gm, "$1›");
  return slackEntities(cutting(inert, max, (piece) => slackEntities(piece).length));
}

/** For between the three backticks of a block of code, where only they act. */
export const slackCode = (text: string, max: number, cutting = cut): string =>
  slackEntities(cutting(visible(text).replaceAll("`", "ˋ"), max, (piece) => slackEntities(piece).length));

/** For between the quotes of a JSON string. */
export const jsonInner = (text: string): string => JSON.stringify(text.toWellFormed()).slice(1, -1);

/** A whole value as JSON, names and texts through `change`. */
export const jsonOf = (value: unknown, change = (text: string): string => text.toWellFormed()): string =>
  JSON.stringify(changed(value, change)) ?? "null";

function changed(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => changed(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), changed(item, change)]));
}
