/** What templates may do to values, and how a value is escaped where nothing else is said. */

import { type Context, Drop, type FilterImplOptions, type Liquid } from "liquidjs";
import { visible } from "../model/visible-text.ts";
import { dateTime, duration, type Reader, timeLeft } from "./dates.ts";
import { cut, escapeHtml, jsonInner, jsonOf, oneLine, slackCode, slackPlain, slackText } from "./escaping.ts";
import { outlineOf, prettyJson, tableOf } from "./excerpts.ts";
import { noteCut } from "./omissions.ts";

/** Where a template's values end up; it decides how they are escaped. */
export type Place = "line" | "text" | "html" | "slack" | "json";

/** What Liquid calls a filter with. */
interface FilterImpl {
  context: Context;
}

/** The most that Slack takes in one text is 3,000; the rest is left to what a template writes around a value. */
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

/** What a value is as text: nothing for null, JSON for what has parts. */
export function textOf(held: unknown): string {
  const value = held instanceof Drop ? held.valueOf() : held;
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? jsonOf(value) : String(value);
}

/** Cuts, and notes on the rendering that something was cut. */
type Cutter = (text: string, max: number, sizeOf?: (piece: string) => number) => string;

const noterOf = ({ context }: FilterImpl) => {
  const variables = context.globals;
  return () => noteCut(variables);
};
function cutterOf(filter: FilterImpl): Cutter {
  const note = noterOf(filter);
  return (text, max, sizeOf) => {
    const shown = cut(text, max, sizeOf);
    if (shown !== text) note();
    return shown;
  };
}

/** How a value is written that no filter marks as ready. */
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

/** What filters know beside their value: the message's variables. */
interface Known {
  recipient?: Reader | null;
  now?: string;
}

const whole = (given: unknown, otherwise: number, most: number): number => {
  const n = given === undefined ? otherwise : Math.floor(Number(given));
  return Number.isFinite(n) && n > 0 ? Math.min(n, most) : otherwise;
};

const COMMON: Record<string, FilterImplOptions> = {
  /** Liquid's own cuts within characters, and knows nothing of invisible ones. */
  truncate(value: unknown, max?: unknown) {
    return cutterOf(this)(visible(textOf(value)), whole(max, 50, 100_000));
  },
  date_time(value: unknown) {
    return dateTime(value, (this.context.globals as Known).recipient ?? null);
  },
  time_left(value: unknown) {
    return timeLeft(value, (this.context.globals as Known).now);
  },
  duration: (value: unknown) => duration(Number(value)),
  /** Something before each line. */
  indent: (value: unknown, before?: unknown) => visible(textOf(value)).replaceAll(/^/gm, textOf(before) || "  "),
  status_words: (value: unknown) => STATUS_WORDS[textOf(value)] ?? textOf(value),
  table(value: unknown, most?: unknown) {
    return tableOf(value, whole(most, 20, 1_000), noterOf(this));
  },
  outline(value: unknown, most?: unknown) {
    return outlineOf(value, whole(most, 2_000, 100_000), noterOf(this));
  },
  pretty(value: unknown, most?: unknown) {
    return prettyJson(value, whole(most, 2_000, 100_000), undefined, noterOf(this));
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
    /** A whole value, its texts safe in Slack. */
    json: raw(function (value) {
      return jsonOf(value, (text) => slackText(text, SLACK_TEXT, cutterOf(this)));
    }),
    /** A whole value as it is: for addresses and what comes back with a button. */
    exact: raw((value) => jsonOf(value)),
    slack_plain: raw(function (value, max) {
      return jsonInner(slackPlain(textOf(value), whole(max, SLACK_TEXT, SLACK_TEXT), cutterOf(this)));
    }),
    slack_code: raw(function (value, max) {
      return jsonInner(slackCode(textOf(value), whole(max, SLACK_TEXT, SLACK_TEXT), cutterOf(this)));
    }),
    slack_date: raw((value) => jsonInner(slackDate(value))),
  },
  json: {
    /** Programs get the bytes. */
    truncate: (value: unknown, max?: unknown) => cut(textOf(value), whole(max, 50, 100_000)),
    json: raw((value) => jsonOf(value)),
  },
};

/** A date that Slack shows in the zone of whoever looks; what is no date is a dash. */
function slackDate(value: unknown): string {
  const fallback = dateTime(value, null);
  if (fallback === "") return "–";
  const seconds = Math.floor(new Date(value as string).getTime() / 1_000);
  return `<!date^${seconds}^{date_short_pretty} at {time}|${fallback}>`;
}

/** Those that Liquid does not bring, and those of its own that work otherwise here. */
export const FILTER_NAMES: readonly string[] = [COMMON, ...Object.values(OF_PLACE)].flatMap(Object.keys);

export function addFilters(liquid: Liquid, place: Place): void {
  for (const [name, filter] of Object.entries({ ...COMMON, ...OF_PLACE[place] })) liquid.registerFilter(name, filter);
}
