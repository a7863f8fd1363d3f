/**
 * Reads the output of the Slack template. Source of the escapes: "Escaping text" in Slack's guide to formatting
 * messages.
 */

import { DeliveryError } from "../channel.ts";

/** A message's text without escapes and links, for readers outside Slack. */
export const plainText = (text: string): string =>
  text
    .replace(/<([^<>|]*)\|([^<>]*)>/g, "$2")
    .replace(/<([^<>]*)>/g, "$1")
    .replace(/&(amp|lt|gt);/g, (_, name: string) => (name === "amp" ? "&" : name === "lt" ? "<" : ">"));

/** The blocks of a message, and the text that Slack shows where it cannot show blocks. */
export interface SlackContent {
  text: string;
  blocks: { type: string }[];
}

/** Parses the output of the template `slack/message`. @throws DeliveryError */
export function contentOf(rendered: string): SlackContent {
  let parsed: Partial<SlackContent> | null;
  try {
    parsed = JSON.parse(rendered) as Partial<SlackContent> | null;
  } catch {
    parsed = null;
  }
  if (typeof parsed?.text !== "string" || parsed.text === "" || !Array.isArray(parsed.blocks)) {
    throw new DeliveryError('The output of the template slack/message is not a JSON object with "text" and "blocks".', {
      permanent: true,
    });
  }
  return { text: parsed.text, blocks: parsed.blocks };
}
