/** Formats errors as one line. Separate from the log, which commands that only call the server do not need. */

import { inspect } from "node:util";

/** The message of an error in one line. Anything can be thrown, so this accepts any value and never throws. */
export function oneLine(error: unknown): string {
  const lines = textOf(error).split("\n");
  // Messages of others may be long, so no regular expression may backtrack over whitespace.
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
    if (!(first instanceof Error)) return typeof first === "object" ? inspected(first) : String(first);
    return typeof first.message === "string" ? first.message : `${first.name}: ${inspected(first.message)}`;
  } catch {
    return "an unreadable value was thrown";
  }
}

const inspected = (value: unknown): string => inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 2 });
