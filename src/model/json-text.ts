/**
 * Parses JSON text from callers. One pass over the text limits its depth and finds the numbers that a double would change,
 * so the work grows only with the length of the text.
 */

import { randomBytes } from "node:crypto";

/** Most levels of nesting in a JSON text. Validation allows fewer in a stored value, and names the field. */
export const MAX_TEXT_DEPTH = 1_000;
/** A longer number literal counts as lossy. The longest exact one has 327 characters. */
const LONGEST_NUMBER = 400;

/** Replaces, in a parsed document, a number literal that does not survive as an IEEE double. */
export class LossyNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** The digits of a decimal literal without zeros at either end, and the power of ten of the last one. */
function decimalOf(literal: string): string {
  const mark = literal.search(/[eE]/);
  const [mantissa, exponent] = mark < 0 ? [literal, 0] : [literal.slice(0, mark), Number(literal.slice(mark + 1))];
  const point = mantissa.indexOf(".");
  const digits = mantissa.replace(/[-.]/g, "");
  let first = 0;
  while (digits[first] === "0") first += 1;
  let end = digits.length;
  while (end > first && digits[end - 1] === "0") end -= 1;
  if (first === end) return "0";
  const fraction = point < 0 ? 0 : mantissa.length - point - 1;
  const sign = literal.startsWith("-") ? "-" : "";
  return `${sign}${digits.slice(first, end)}e${exponent - fraction + (digits.length - end)}`;
}

/** Whether a JSON number literal is the same decimal number after a round trip through a double. */
export function survivesAsDouble(literal: string): boolean {
  if (literal.length > LONGEST_NUMBER) return false;
  const value = Number(literal);
  const shortest = String(value);
  return shortest === literal || (Number.isFinite(value) && decimalOf(literal) === decimalOf(shortest));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const COLON = 0x3a;
const LETTER_E = 0x65;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
/** Whether it is a character of a number: a digit, `+`, `-`, `.`, `e` or `E`. */
const isOfNumber = (code: number): boolean =>
  isDigit(code) || code === 0x2b || code === MINUS || code === 0x2e || (code | 0x20) === LETTER_E;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** The position after the last quote of a string. @param at its first quote */
function endOfString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let first = quote;
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((quote - first) % 2 === 0) return quote + 1;
  }
  return text.length;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
// A double represents any 15 digits with an exponent of two digits. Shorter literals cannot have more.
const SHORTEST_LOSSY = 16;
const SHORTEST_EXPONENT = 4;
/** A text with more lossy numbers is rejected as a whole. */
const MOST_LOSSY = 10_000;

/** Whether the literal is in the place of a member's name, where a number is not allowed. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}

interface Literal {
  start: number;
  end: number;
}

/** The number literals that a double would change. @throws SyntaxError if the text is nested too deeply */
function lossyLiterals(text: string): Literal[] {
  const found: Literal[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (isDigit(code) || code === MINUS) {
      const start = at;
      let exponent = text.length;
      for (let inner = code; isOfNumber(inner); inner = text.charCodeAt(at)) {
        if ((inner | 0x20) === LETTER_E) exponent = at;
        at += 1;
      }
      if (at - start < SHORTEST_LOSSY && at - exponent < SHORTEST_EXPONENT) continue;
      const literal = text.slice(start, at);
      // A literal that is not a number stays, so that JSON.parse rejects it.
      if (!survivesAsDouble(literal) && NUMBER.test(literal) && !isName(text, at)) found.push({ start, end: at });
      if (found.length > MOST_LOSSY) {
        throw new SyntaxError(
          `it has more than ${MOST_LOSSY} numbers that are not exact as 64-bit floating-point numbers`,
        );
      }
    } else {
      // `[` and `{`, `]` and `}` differ in one bit.
      if ((code | 0x20) === 0x7b) depth += 1;
      else if ((code | 0x20) === 0x7d) depth -= 1;
      if (depth > MAX_TEXT_DEPTH) throw new SyntaxError(`it is nested more than ${MAX_TEXT_DEPTH} levels deep`);
      at += 1;
    }
  }
  return found;
}

/**
 * JSON.parse with a LossyNumber for each number that it would change, so that validation can name it. A reviver could do
 * the same, but takes ten times as long.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const literals = lossyLiterals(text);
  if (literals.length === 0) return JSON.parse(text);
  // The mark cannot be guessed, so no string in the text can imitate it.
  const mark = randomBytes(9).toString("base64url");
  const parts: string[] = [];
  let from = 0;
  for (const [index, { start, end }] of literals.entries()) {
    parts.push(text.slice(from, start), `"${mark}${index}"`);
    from = end;
  }
  parts.push(text.slice(from));
  const numberAt = (value: unknown): LossyNumber | undefined => {
    if (typeof value !== "string" || !value.startsWith(mark)) return undefined;
    const literal = literals[Number(value.slice(mark.length))];
    return literal && new LossyNumber(text.slice(literal.start, literal.end));
  };
  return replaceIn(JSON.parse(parts.join("")), numberAt);
}

/** Replaces values in place at any level, including the root. */
function replaceIn(root: unknown, replacement: (value: unknown) => unknown): unknown {
  const holder = { root };
  const open: Record<string, unknown>[] = [holder];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const key of Object.keys(node)) {
      const value = node[key];
      if (typeof value === "object" && value !== null) open.push(value as Record<string, unknown>);
      else {
        const other = replacement(value);
        if (other !== undefined) node[key] = other;
      }
    }
  }
  return holder.root;
}
