/** What a decider judges: description, context and metadata, all of it and as it is. */

import type { ApprovalRequest, Json, JsonObject } from "../../model/approvals.ts";
import { isVisible, visibleData } from "../../model/visible-text.ts";
import { type Html, html } from "./html.ts";

/** What a box shows on a small phone without being scrolled. */
const FITTING_LINES = 16;
const FITTING_CHARACTERS = 500;
/** What may be written for one value, in characters; a deep one is a hundred times its size once it is indented. */
const MOST_INDENTED = 6_000_000;

/** A text of somebody's; what runs from right to left, or pretends to, changes nothing around it. */
const said = (text: string): Html => html`<span class="said" dir="auto">${text}</span>`;

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;
const isNested = (value: Json): boolean => typeof value === "object" && value !== null && !isEmpty(value);

const depthOf = (value: Json): number =>
  isNested(value)
    ? 1 + Object.values(value as JsonObject).reduce<number>((most, item) => Math.max(most, depthOf(item)), 0)
    : 0;

/** JSON with a line for each value; in one line where that would be too much to send and to show. */
function jsonOf(value: Json): string {
  const text = JSON.stringify(value);
  return text.length * (1 + depthOf(value)) > MOST_INDENTED ? text : JSON.stringify(value, null, 2);
}

/** What may not fit into its box says so: nobody is to approve what they did not notice. */
function boxOf(value: Json): Html {
  const text = visibleData(jsonOf(value));
  const lines = text.split("\n").length;
  const isLong = lines > FITTING_LINES || text.length > FITTING_CHARACTERS;
  return html`<pre tabindex="0">${text}</pre>${isLong && html`<small class="soft">${lines === 1 ? "One long line" : `${lines} lines`}. Scroll to see all of it.</small>`}`;
}

function shown(value: Json): Html {
  if (isNested(value)) return boxOf(value);
  return typeof value === "string" && isVisible(value)
    ? said(visibleData(value))
    : html`<code>${visibleData(JSON.stringify(value))}</code>`;
}

function rowOf([name, value]: [string, Json]): Html {
  const span = isNested(value) && html` colspan="2"`;
  const apart = isNested(value) && html`</tr><tr>`;
  return html`<tr><th${span} scope="row" dir="auto">${visibleData(isVisible(name) ? name : JSON.stringify(name))}</th>${apart}<td${span}>${shown(value)}</td></tr>`;
}

/** A row for each field, in the order in which the requester gave them; what is nested is JSON below its name. */
const tableOf = (object: JsonObject): Html =>
  html`<table><colgroup><col><col></colgroup>${Object.entries(object).map(rowOf)}</table>`;

export function contentOf({ description, context, metadata }: ApprovalRequest): Html {
  return html`${description !== null && description.trim() !== "" && html`<p>${said(description)}</p>`}
${!isEmpty(context) && html`<h2>Context</h2>${tableOf(context)}`}
${!isEmpty(metadata) && html`<details open><summary>Metadata</summary>${tableOf(metadata)}</details>`}`;
}
