/** Checks the argument `timeZone`. */

import type { GraphQLError } from "graphql";
import { TIME_ZONE_FORM, timeZoneOf } from "../model/time-zone.ts";
import { badUserInput } from "./errors.ts";

const SHOWN = 60;

export function wrongTimeZone(given: string): GraphQLError {
  const value = JSON.stringify(given.length > SHOWN ? `${given.slice(0, SHOWN - 1)}…` : given);
  return badUserInput(`\`timeZone\` is ${value}; it may be ${TIME_ZONE_FORM}.`);
}

/** The zone by a name that PostgreSQL understands. @throws BAD_USER_INPUT */
export function givenTimeZone(given: string): string {
  const zone = timeZoneOf(given);
  if (zone === null) throw wrongTimeZone(given);
  return zone;
}
