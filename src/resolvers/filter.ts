/** Checks filters: PostgreSQL must be able to store the texts, and lists have a limited length. */

import { MAX_TITLE } from "../approvals/validation.ts";
import { badUserInput } from "./errors.ts";
import { checkTexts } from "./text.ts";

/** Most entries of a list in a filter. Each kind of value has fewer. */
export const MOST_IN_FILTER = 100;
/** Most characters of a text that is searched for: as many as a title has. */
export const LONGEST_SEARCH = MAX_TITLE;

/** @throws BAD_USER_INPUT with the field, its value and the allowed values */
export function checkFilter(filter: object): void {
  checkTexts("filter.", filter);
  for (const [name, value] of Object.entries(filter)) {
    if (Array.isArray(value) && value.length > MOST_IN_FILTER) {
      throw badUserInput(`\`filter.${name}\` has ${value.length} entries; it may have ${MOST_IN_FILTER}.`);
    }
  }
  const { search } = filter as { search?: string | null };
  // For a text of this length, characters need not be counted exactly.
  const characters = search == null ? 0 : search.length > 10 * LONGEST_SEARCH ? search.length : [...search].length;
  if (characters > LONGEST_SEARCH) {
    throw badUserInput(`\`filter.search\` has ${characters} characters; it may have ${LONGEST_SEARCH}.`);
  }
}
