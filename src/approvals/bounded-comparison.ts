/**
 * Compares JSON values within a limited amount of work. A comparison of lists, objects or texts of one megabyte can
 * take minutes, so every step is charged to a budget, which throws when it is used up.
 */

import type { Json, JsonObject } from "../model/approvals.ts";

/** A comparison has used up its budget without a result. */
export class OutOfWork extends Error {
  override readonly name = "OutOfWork";
}

/** The remaining work. A unit is about ten nanoseconds: one value compared, or two characters read. */
export class WorkBudget {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  /** @throws OutOfWork if fewer units are left */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new OutOfWork("the comparison takes too long");
  }
}

/** The cost of an object, which takes longer than a number. */
const OBJECT_UNITS = 4;
/** Characters, as a power of two, that the engine compares in one unit if two texts have the same length. */
const EQUAL_CHARACTERS_SHIFT = 5;

/**
 * Deep equality. Node's own function distinguishes -0 from 0, which PostgreSQL does not, and compares prototypes, which
 * objects of the API's JSON parser do not have.
 * @throws OutOfWork
 */
export function equal(left: Json, right: Json, work: WorkBudget): boolean {
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    const texts = typeof left === "string" && typeof right === "string" && left.length === right.length;
    work.spend(texts ? 1 + (left.length >> EQUAL_CHARACTERS_SHIFT) : 1);
    return left === right;
  }
  work.spend(OBJECT_UNITS);
  if (Array.isArray(left) || Array.isArray(right)) return equalLists(left, right, work);
  const [one, other] = [left as JsonObject, right as JsonObject];
  const keys = Object.keys(one);
  work.spend(keys.length);
  const others = Object.keys(other).length;
  work.spend(others);
  return (
    keys.length === others &&
    keys.every((key) => Object.hasOwn(other, key) && equal(one[key] as Json, other[key] as Json, work))
  );
}

function equalLists(left: Json, right: Json, work: WorkBudget): boolean {
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
  return left.every((item, index) => equal(item, right[index] as Json, work));
}

/** Whether a list contains a value. @throws OutOfWork */
export const includesValue = (list: readonly Json[], value: Json, work: WorkBudget): boolean =>
  list.some((item) => equal(item, value, work));

/** Longest text for the engine's own search, whose time grows with the product of both lengths. */
const SHORT = 32;

/**
 * Whether a text contains another, in time linear in the sum of their lengths (Knuth, Morris and Pratt).
 * @throws OutOfWork
 */
export function includesText(text: string, part: string, work: WorkBudget): boolean {
  if (part.length > text.length) return false;
  work.spend((text.length + part.length) >> 1);
  return part.length <= SHORT ? text.includes(part) : search(text, part);
}

function search(text: string, part: string): boolean {
  // For each position of the part: the length of the longest prefix of the part that ends there.
  const borders = new Int32Array(part.length);
  let length = 0;
  const step = (code: number): void => {
    while (length > 0 && part.charCodeAt(length) !== code) length = borders[length - 1] as number;
    if (part.charCodeAt(length) === code) length += 1;
  };
  for (let at = 1; at < part.length; at += 1) {
    step(part.charCodeAt(at));
    borders[at] = length;
  }
  length = 0;
  for (let at = 0; at < text.length; at += 1) {
    step(text.charCodeAt(at));
    if (length === part.length) return true;
  }
  return false;
}

/** Charges for a comparison that reads so many characters. @throws OutOfWork */
export const spendOnCharacters = (count: number, work: WorkBudget): void =>
  work.spend(1 + (count >> EQUAL_CHARACTERS_SHIFT));
