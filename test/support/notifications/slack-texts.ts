/** Parses text as Slack does: angle brackets enclose a command or a link, and the rest is text. */

import { valuesOf } from "./slack-blocks.ts";

/** All texts of a message or dialog, including the fallback. */
export const textsOf = (content: { text?: string; blocks?: unknown }): string[] =>
  [content.text, ...valuesOf(content.blocks, "text")].flatMap((found) => {
    if (typeof found === "string") return [found];
    // A text object has its text under the same name.
    return valuesOf(found, "text").filter((text) => typeof text === "string");
  });

/** The mentions of people, groups and everybody. Links are not included. */
export const commandsIn = (text: string): string[] =>
  [...text.matchAll(/<([^<>]*)>/g)].map((match) => match[1] as string).filter((inner) => /^[!@#]/.test(inner));

/** The targets of the links of a text. */
export const linksIn = (text: string): string[] =>
  [...text.matchAll(/<([^<>]*)>/g)]
    .map((match) => match[1] as string)
    .filter((inner) => !/^[!@#]/.test(inner))
    .map((inner) => inner.split("|", 1)[0] as string);

/** The visible text. */
export const asRead = (text: string): string =>
  text
    .replace(/<([^<>|]*)\|([^<>]*)>/g, "$2")
    .replace(/<([^<>]*)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
