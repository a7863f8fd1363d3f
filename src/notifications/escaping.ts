/** Escapes text for its destination, so that no text can act as markup in HTML, in Slack or in a header. Pure. */

import { visible } from "../model/visible-text.ts";

/** In UTF-16 units. A longer grapheme, which only an attacker would write, is cut. */
const LONGEST_GRAPHEME = 64;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Cuts a text to `max` UTF-16 units, including an ellipsis, never within a grapheme.
 * @param sizeOf how many units a piece takes up, if that is not its length
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

/** For a subject line or a list: one line of at most `max` units. */
export const oneLine = (text: string, max: number, cutting = cut): string =>
  cutting(visible(text).replaceAll(/\s+/g, " ").trim(), max);

const HTML_ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/** For HTML where the bytes matter: the value of a form field that is sent back. */
export const escapeHtmlOnly = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => HTML_ENTITIES[character] as string);

/** For HTML that people read, including quoted attributes. */
export const escapeHtml = (text: string): string => escapeHtmlOnly(visible(text));

/** Escapes the three characters without which nothing is a mention, a link or a date in Slack. */
const slackEntities = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * For an object of type plain_text, unchanged otherwise. A blank text becomes a dash, because Slack refuses an empty
 * one.
 */
export function slackPlain(text: string, max: number, cutting = cut): string {
  const trimmed = visible(text).trim();
  return slackEntities(cutting(trimmed === "" ? "–" : trimmed, max, (piece) => slackEntities(piece).length));
}

/**
 * For an object of type mrkdwn. Slack has no escape for *bold*, _italic_, ~struck~, `code`, :emoji: and > at the start
 * of a line, so their characters are replaced by similar ones where they would act as markup.
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

/** For text between the three backticks of a code block, where only backticks act as markup. */
export const slackCode = (text: string, max: number, cutting = cut): string =>
  slackEntities(cutting(visible(text).replaceAll("`", "ˋ"), max, (piece) => slackEntities(piece).length));

/** For text between the quotes of a JSON string. */
export const jsonInner = (text: string): string => JSON.stringify(text.toWellFormed()).slice(1, -1);

/** A value as JSON. `change` is applied to all keys and strings. */
export const jsonOf = (value: unknown, change = (text: string): string => text.toWellFormed()): string =>
  JSON.stringify(changed(value, change)) ?? "null";

function changed(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => changed(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), changed(item, change)]));
}
