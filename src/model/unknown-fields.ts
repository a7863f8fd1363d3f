/** Finds the fields that an object may not have, such as misspelled ones. Pure. */

import { didYouMean } from "./closest-name.ts";
import type { Issue } from "./errors.ts";

/** Most unknown fields that are reported. */
const MOST_REPORTED = 20;
/** Most characters of an unknown name in a message. */
const LONGEST_NAME = 100;

/**
 * One issue for each unknown field, with a suggestion: `timoutMs: is not a known field; did you mean timeoutMs?`
 * @param path the place of the object; empty for the whole input
 */
export function unknownFieldIssues(value: object, known: readonly string[], path = ""): Issue[] {
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  return unknown.slice(0, MOST_REPORTED).map((name) => ({
    path: path === "" ? cut(name) : `${path}.${cut(name)}`,
    message: unknownFieldMessage(name, known),
  }));
}

/** The message about one unknown field: the field that it resembles, otherwise all known fields. */
export function unknownFieldMessage(name: string, known: readonly string[]): string {
  return `is not a known field${didYouMean(name, known) || `; known fields: ${known.join(", ")}`}`;
}

const cut = (name: string): string =>
  name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1).toWellFormed()}…` : name;
