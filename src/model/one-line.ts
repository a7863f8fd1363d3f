/** Errors as one line: apart from the log, which a command that only asks the server does not need. */

import { inspect } from "node:util";

/** What went wrong, in one line. Anything can be thrown, so this takes anything, and never throws itself. */
export function oneLine(error: unknown): string {
  const lines = textOf(error).split("\n");
  // What others say may be long: no expression that looks for the end of a blank more than once.
  if (lines.length === 1) return lines[0] as string;
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}

function textOf(error: unknown): string {
  try {
    // A refused connection to a name with two addresses is an AggregateError without a message.
    const first = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
    if (!(first instanceof Error)) return typeof first === "object" ? shown(first) : String(first);
    return typeof first.message === "string" ? first.message : `${first.name}: ${shown(first.message)}`;
  } catch {
    return "something was thrown that cannot be read";
  }
}

const shown = (value: unknown): string => inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 2 });
