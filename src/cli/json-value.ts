/** Reads the JSON object of an option: inline, from a file, or from standard input. */

import { readFileSync } from "node:fs";
import { buffer as allOf } from "node:stream/consumers";
import type { Issue } from "../model/errors.ts";
import { checkJsonObject } from "../model/json.ts";
import { parseJson } from "../model/json-text.ts";
import { decodeUtf8 } from "../model/utf8.ts";
import { wrong } from "./arguments.ts";

const ALLOWED = "a JSON object, @FILE, or - for standard input";

/** @throws TypeError naming the option */
export async function jsonObjectOf(
  option: string,
  given: string | undefined,
): Promise<Record<string, unknown> | undefined> {
  if (given === undefined) return undefined;
  const text = given === "-" || given.startsWith("@") ? await read(option, given) : given;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    const held = given === text ? given : `${given}, which holds ${text.trim() === "" ? "nothing" : "no JSON"}`;
    wrong(option, held, ALLOWED);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    wrong(option, given === text ? given : `${given}, which is not an object`, ALLOWED);
  }
  const issues: Issue[] = [];
  checkJsonObject(option, value, issues);
  if (issues[0] !== undefined) throw new TypeError(`${issues[0].path} ${issues[0].message}`);
  return value as Record<string, unknown>;
}

async function read(option: string, given: string): Promise<string> {
  try {
    // Standard input may be a pipe without data so far.
    return decodeUtf8(given === "-" ? await allOf(process.stdin) : readFileSync(given.slice(1)));
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    return wrong(option, `${given}, which cannot be read (${code})`, ALLOWED);
  }
}
