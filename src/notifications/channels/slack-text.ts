/** What the template made for Slack. Source of the escapes: "Escaping text" in Slack's guide to formatting messages. */

import { DeliveryError } from "../channel.ts";

/** A message's text without its escapes and links, for those who read it elsewhere. */
export const plainText = (text: string): string =>
  text
    .replace(/<([^<>|]*)\|([^<>]*)>/g, "$2")
    .replace(/<([^<>]*)>/g, "$1")
    .replace(/&(amp|lt|gt);/g, (_, name: string) => (name === "amp" ? "&" : name === "lt" ? "<" : ">"));

/** What is shown, and what stands in its place where blocks cannot be. */
export interface SlackContent {
  text: string;
  blocks: { type: string }[];
}

/** Reads what the template `slack/message` made. @throws DeliveryError */
export function contentOf(rendered: string): SlackContent {
  let parsed: Partial<SlackContent> | null;
  try {
    parsed = JSON.parse(rendered) as Partial<SlackContent> | null;
  } catch {
    parsed = null;
  }
  if (typeof parsed?.text !== "string" || parsed.text === "" || !Array.isArray(parsed.blocks)) {
    throw new DeliveryError('The template slack/message rendered no { "text", "blocks" }.', { permanent: true });
  }
  return { text: parsed.text, blocks: parsed.blocks };
}
