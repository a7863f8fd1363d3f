/** What a request says of its own risk. Pure, and imported by the web pages as well. */

/** Longer texts are no level of risk, and are cut. */
const LONGEST = 100;

/** What `metadata.risk` says; null where it says nothing. What is no text counts too, as JSON: it may not be low. */
export function riskOf(metadata: Readonly<Record<string, unknown>>): string | null {
  const given = Object.hasOwn(metadata, "risk") ? metadata.risk : null;
  if (given == null) return null;
  const text = (typeof given === "string" ? given : JSON.stringify(given)).trim();
  if (text === "") return null;
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).toWellFormed()}…`;
}

const levelOf = (risk: string | null | undefined): string => risk?.trim().toLowerCase() ?? "";

/** Whether it states no risk, or a low one. */
export const isLow = (risk: string | null | undefined): boolean => ["", "low"].includes(levelOf(risk));

/** Whether a request must be read before it is approved: its risk is above medium, or a word that nobody here knows. */
export const needsReview = (risk: string | null | undefined): boolean =>
  !isLow(risk) && !["medium", "moderate"].includes(levelOf(risk));
