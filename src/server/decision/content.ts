/** Renders the complete content of a request for the decider: description, context and metadata. */

import type { ApprovalRequest, Json, JsonObject } from "../../model/approvals.ts";
import { isVisible, visibleData } from "../../model/visible-text.ts";
import { type Html, html } from "./html.ts";

/** What fits into a box on a small phone without scrolling. */
const FITTING_LINES = 16;
const FITTING_CHARACTERS = 500;
/** The longest indented JSON of one value, in characters. Indentation can make a deep value a hundred times longer. */
const MOST_INDENTED = 6_000_000;

/** Text that a user wrote. It is isolated, so that right-to-left characters do not affect the text around it. */
const userText = (text: string): Html => html`<span class="user-text" dir="auto">${text}</span>`;

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;
const isNested = (value: Json): boolean => typeof value === "object" && value !== null && !isEmpty(value);

const depthOf = (value: Json): number =>
  isNested(value)
    ? 1 + Object.values(value as JsonObject).reduce<number>((most, item) => Math.max(most, depthOf(item)), 0)
    : 0;

/** JSON with one line for each value; in a single line if that would be too long. */
function jsonOf(value: Json): string {
  const text = JSON.stringify(value);
  return text.length * (1 + depthOf(value)) > MOST_INDENTED ? text : JSON.stringify(value, null, 2);
}

/** A box for JSON. It shows the number of lines if not all may be visible, so that nobody misses content. */
function boxOf(value: Json): Html {
  const text = visibleData(jsonOf(value));
  const lines = text.split("\n").length;
  const isLong = lines > FITTING_LINES || text.length > FITTING_CHARACTERS;
  return html`<pre tabindex="0">${text}</pre>${isLong && html`<small class="soft">${lines === 1 ? "One long line" : `${lines} lines`}. Scroll to see all of it.</small>`}`;
}

function renderValue(value: Json): Html {
  if (isNested(value)) return boxOf(value);
  return typeof value === "string" && isVisible(value)
    ? userText(visibleData(value))
    : html`<code>${visibleData(JSON.stringify(value))}</code>`;
}

function rowOf([name, value]: [string, Json]): Html {
  const span = isNested(value) && html` colspan="2"`;
  const apart = isNested(value) && html`</tr><tr>`;
  return html`<tr><th${span} scope="row" dir="auto">${visibleData(isVisible(name) ? name : JSON.stringify(name))}</th>${apart}<td${span}>${renderValue(value)}</td></tr>`;
}

/** One row for each field, in the order of the request. A nested value is JSON below its name. */
const tableOf = (object: JsonObject): Html =>
  html`<table><colgroup><col><col></colgroup>${Object.entries(object).map(rowOf)}</table>`;

export function contentOf({ description, context, metadata }: ApprovalRequest): Html {
  return html`${description !== null && description.trim() !== "" && html`<p>${userText(description)}</p>`}
${!isEmpty(context) && html`<h2>Context</h2>${tableOf(context)}`}
${!isEmpty(metadata) && html`<details open><summary>Metadata</summary>${tableOf(metadata)}</details>`}`;
}
