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
  const issues = unknown.slice(0, MOST_REPORTED).map((name) => ({
    path: path === "" ? cut(name) : `${path}.${cut(name)}`,
    message: unknownFieldMessage(name, known),
  }));
  return [...issues, ...ignoredFieldIssues(value, known)];
}

/**
 * One issue for each known field that has a value but would be ignored, because a copy as JSON omits it: an inherited one,
 * such as a getter of a class. A gate without its `allowedApprovers` would be open to more people.
 */
export function ignoredFieldIssues(value: object, known: readonly string[]): Issue[] {
  return known
    .filter((name) => (value as Record<string, unknown>)[name] != null && !isOwn(value, name))
    .map((path) => ({ path, message: "is inherited and would be ignored; set it as a field of the object itself" }));
}

const isOwn = (value: object, name: string): boolean => Object.prototype.propertyIsEnumerable.call(value, name);

/** The message about one unknown field: the field that it resembles, otherwise all known fields. */
export function unknownFieldMessage(name: string, known: readonly string[]): string {
  return `is not a known field${didYouMean(name, known) || `; known fields: ${known.join(", ")}`}`;
}

const cut = (name: string): string =>
  name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1).toWellFormed()}…` : name;
