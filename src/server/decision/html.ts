/** A template tag for HTML. It escapes every value that is not HTML itself. */

import { escapeHtml } from "../../notifications/escaping.ts";

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | null | false | readonly Part[];

function render(part: Part): string {
  if (part === null || part === false) return "";
  if (part instanceof Html) return part.text;
  return typeof part === "object" ? part.map(render).join("") : escapeHtml(String(part));
}

/** A tag for template literals; null and false render as nothing. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.reduce((text, string, i) => text + render(parts[i - 1] as Part) + string));
