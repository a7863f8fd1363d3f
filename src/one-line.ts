/** Errors as one line: apart from the log, which a command that only asks the server does not need. */

/** What went wrong, in one line. */
export function oneLine(error: unknown): string {
  // A refused connection to a name with two addresses is an AggregateError without a message.
  const first = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
  const lines = (first instanceof Error ? first.message : String(first)).split("\n");
  // What others say may be long: no expression that looks for the end of a blank more than once.
  if (lines.length === 1) return lines[0] as string;
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}
