/** Checks texts in arguments: a text that PostgreSQL cannot store is refused by name instead of failing in the query. */

import { faultOfText } from "../model/json.ts";
import { badUserInput } from "./errors.ts";

/** @throws BAD_USER_INPUT if PostgreSQL cannot store one of the texts */
export function checkTexts(where: string, values: object): void {
  for (const [name, value] of Object.entries(values)) {
    const fault = typeof value === "string" ? faultOfText(value) : null;
    if (fault !== null) throw badUserInput(`\`${where}${name}\` ${fault}.`);
  }
}
