/** The filters of templates, and the default escaping of values. */

import { type Context, Drop, type FilterImplOptions, type Liquid } from "liquidjs";
import { visible } from "../model/visible-text.ts";
import { dateTime, duration, type Reader, timeLeft } from "./dates.ts";
import { cut, escapeHtml, jsonInner, jsonOf, oneLine, slackCode, slackPlain, slackText } from "./escaping.ts";
import { outlineOf, prettyJson, tableOf } from "./excerpts.ts";
import { noteCut } from "./omissions.ts";

/** The kind of output of a template. It decides how values are escaped. */
export type Place = "line" | "text" | "html" | "slack" | "json";

/** The `this` of a Liquid filter. */
interface FilterImpl {
  context: Context;
}

/** Slack accepts 3,000 characters in one text. The difference is for the text that a template writes around a value. */
const SLACK_TEXT = 2_900;
const LINE = 500;

const STATUS_WORDS: Record<string, string> = {
  PENDING: "waiting for a decision",
  ESCALATED: "escalated",
  APPROVED: "approved",
  REJECTED: "rejected",
  TIMEOUT: "timed out",
  CANCELLED: "cancelled",
};

/** A value as text: empty for null, JSON for objects and lists. */
export function textOf(given: unknown): string {
  const value = given instanceof Drop ? given.valueOf() : given;
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? jsonOf(value) : String(value);
}

/** Cuts a text, and records on the rendering that something was cut. */
type Cutter = (text: string, max: number, sizeOf?: (piece: string) => number) => string;

const noterOf = ({ context }: FilterImpl) => {
  const variables = context.globals;
  return () => noteCut(variables);
};
function cutterOf(filter: FilterImpl): Cutter {
  const note = noterOf(filter);
  return (text, max, sizeOf) => {
    const result = cut(text, max, sizeOf);
    if (result !== text) note();
    return result;
  };
}

/** Escapes a value that no filter marks as raw. */
export const ESCAPES: Record<Place, (this: FilterImpl, value: unknown) => string> = {
  line(value) {
    return oneLine(textOf(value), LINE, cutterOf(this));
  },
  text: (value) => visible(textOf(value)),
  html: (value) => escapeHtml(textOf(value)),
  slack(value) {
    return jsonInner(slackText(textOf(value), SLACK_TEXT, cutterOf(this)));
  },
  json: (value) => jsonInner(textOf(value)),
};

/** The variables of the message that filters use. */
interface MessageVariables {
  recipient?: Reader | null;
  now?: string;
}

const wholeNumber = (given: unknown, fallback: number, most: number): number => {
  const n = given === undefined ? fallback : Math.floor(Number(given));
  return Number.isFinite(n) && n > 0 ? Math.min(n, most) : fallback;
};

const COMMON: Record<string, FilterImplOptions> = {
  /** Replaces Liquid's own filter, which cuts within characters and does not escape invisible ones. */
  truncate(value: unknown, max?: unknown) {
    return cutterOf(this)(visible(textOf(value)), wholeNumber(max, 50, 100_000));
  },
  date_time(value: unknown) {
    return dateTime(value, (this.context.globals as MessageVariables).recipient ?? null);
  },
  time_left(value: unknown) {
    return timeLeft(value, (this.context.globals as MessageVariables).now);
  },
  duration: (value: unknown) => duration(Number(value)),
  /** Puts a prefix before each line. */
  indent: (value: unknown, before?: unknown) => visible(textOf(value)).replaceAll(/^/gm, textOf(before) || "  "),
  status_words: (value: unknown) => STATUS_WORDS[textOf(value)] ?? textOf(value),
  table(value: unknown, most?: unknown) {
    return tableOf(value, wholeNumber(most, 20, 1_000), noterOf(this));
  },
  outline(value: unknown, most?: unknown) {
    return outlineOf(value, wholeNumber(most, 2_000, 100_000), noterOf(this));
  },
  pretty(value: unknown, most?: unknown) {
    return prettyJson(value, wholeNumber(most, 2_000, 100_000), undefined, noterOf(this));
  },
};

type Handler = (this: FilterImpl, value: unknown, max?: unknown) => string;
const raw = (handler: Handler): FilterImplOptions => ({ handler, raw: true });

const OF_PLACE: Record<Place, Record<string, FilterImplOptions>> = {
  line: {},
  text: {},
  html: {
    newline_to_br: raw((value) => escapeHtml(textOf(value)).replaceAll("\n", "<br>")),
  },
  slack: {
    /** A value as JSON, with its texts escaped for Slack. */
    json: raw(function (value) {
      return jsonOf(value, (text) => slackText(text, SLACK_TEXT, cutterOf(this)));
    }),
    /** A value as JSON, unchanged: for URLs and the values of buttons. */
    exact: raw((value) => jsonOf(value)),
    slack_plain: raw(function (value, max) {
      return jsonInner(slackPlain(textOf(value), wholeNumber(max, SLACK_TEXT, SLACK_TEXT), cutterOf(this)));
    }),
    slack_code: raw(function (value, max) {
      return jsonInner(slackCode(textOf(value), wholeNumber(max, SLACK_TEXT, SLACK_TEXT), cutterOf(this)));
    }),
    slack_date: raw((value) => jsonInner(slackDate(value))),
  },
  json: {
    /** Programs receive the exact text. */
    truncate: (value: unknown, max?: unknown) => cut(textOf(value), wholeNumber(max, 50, 100_000)),
    json: raw((value) => jsonOf(value)),
  },
};

/** A date that Slack shows in the reader's zone; a dash if the value is not a date. */
function slackDate(value: unknown): string {
  const fallback = dateTime(value, null);
  if (fallback === "") return "–";
  const seconds = Math.floor(new Date(value as string).getTime() / 1_000);
  return `<!date^${seconds}^{date_short_pretty} at {time}|${fallback}>`;
}

/** The filters that Liquid does not have, and those that replace Liquid's own. */
export const FILTER_NAMES: readonly string[] = [COMMON, ...Object.values(OF_PLACE)].flatMap(Object.keys);

export function addFilters(liquid: Liquid, place: Place): void {
  for (const [name, filter] of Object.entries({ ...COMMON, ...OF_PLACE[place] })) liquid.registerFilter(name, filter);
}
