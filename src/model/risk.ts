/** The risk that a request states in `metadata.risk`. Pure; the web pages import it as well. */

/** Longer values are truncated. */
const LONGEST = 100;

/**
 * The value of `metadata.risk`; null if there is none. Values of other types than text are returned as JSON and count
 * as high.
 */
export function riskOf(metadata: Readonly<Record<string, unknown>>): string | null {
  const given = Object.hasOwn(metadata, "risk") ? metadata.risk : null;
  if (given == null) return null;
  const text = (typeof given === "string" ? given : JSON.stringify(given)).trim();
  if (text === "") return null;
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).toWellFormed()}…`;
}

const levelOf = (risk: string | null | undefined): string => risk?.trim().toLowerCase() ?? "";

/** Whether the risk is low or not stated. */
export const isLow = (risk: string | null | undefined): boolean => ["", "low"].includes(levelOf(risk));

/** Whether a request must be opened before it is approved: its risk is above medium, or not a known level. */
export const needsReview = (risk: string | null | undefined): boolean =>
  !isLow(risk) && !["medium", "moderate"].includes(levelOf(risk));
