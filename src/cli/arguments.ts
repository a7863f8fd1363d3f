/** Parses the arguments of a command with its table of options. */

import { parseArgs } from "node:util";
import { closestName, didYouMean } from "../model/closest-name.ts";
import type { Leaf, Option } from "./command.ts";
import { withoutTokens } from "./token.ts";

/** A message quotes at most this many characters of a wrong value. */
const SHOWN = 60;

/** A wrong value, as messages quote it. */
export function quote(value: string): string {
  const text = withoutTokens(value);
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text);
}

/** A list in words: `a, b or c`. */
export const orList = (items: readonly string[]): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;

/** @throws TypeError in one line: the option, its value and the allowed values */
export function wrong(name: string, value: string | undefined, allowed: string): never {
  throw new TypeError(`${name} is ${value === undefined ? "not given" : quote(value)}; it may be ${allowed}`);
}

/**
 * The end of a message about an unknown name: the known name that it resembles, and the help to read.
 * @param command the command whose help lists the known names; empty for the list of commands
 */
export function hintFor(name: string, known: Iterable<string>, command: string): string {
  const help = `countersign ${command === "" ? "" : `${command} `}--help`;
  const closest = closestName(name, known);
  return closest === null ? `; see ${help}` : `; did you mean ${closest}? See ${help}`;
}

const looksLikeOption = (value: string) => /^(--.|-h$)/.test(value);

/**
 * Reads the arguments of a command.
 * @throws TypeError for the first that is wrong
 */
export function readArguments(command: Leaf, args: readonly string[]) {
  const { options } = command;
  const values: Record<string, unknown> = {};
  for (const [option, { value, multiple }] of Object.entries(options)) {
    values[option] = value === undefined ? false : multiple ? [] : undefined;
  }
  const operands: string[] = [];
  const types = Object.fromEntries(
    Object.entries(options).map(([option, { value }]) => [
      option,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple: true },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: types,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const option = options[token.name];
    if (option === undefined || !token.rawName.startsWith("--")) {
      const known = [...Object.keys(options), "help"].map((name) => `--${name}`);
      throw new TypeError(
        `${token.rawName} is not an option of ${command.name}${hintFor(token.rawName, known, command.name)}`,
      );
    }
    take(values, token.rawName, option, token);
  }
  for (const [option, { required, value }] of Object.entries(options)) {
    if (required && values[option] === undefined) throw new TypeError(`--${option} ${value} is not given`);
  }
  return { values, operand: operandOf(command, operands), second: operands[1] };
}

function take(
  values: Record<string, unknown>,
  rawName: string,
  { value: called, multiple, choices }: Option,
  { name, value, inlineValue }: { name: string; value?: string; inlineValue?: boolean },
): void {
  if (called === undefined) {
    if (value !== undefined) throw new TypeError(`${rawName} is ${quote(value)}; it takes no value`);
    values[name] = true;
    return;
  }
  const allowed = choices === undefined ? called : orList(choices);
  if (value === undefined) throw new TypeError(`${rawName} has no value; it takes ${allowed}`);
  if (!inlineValue && looksLikeOption(value)) {
    throw new TypeError(`${rawName} is followed by ${quote(value)}; to use that as its value, write ${rawName}=…`);
  }
  if (choices !== undefined && !choices.includes(value.toLowerCase())) {
    wrong(rawName, value, `${allowed}${didYouMean(value, choices)}`);
  }
  const taken = choices === undefined ? value : value.toLowerCase();
  if (multiple) (values[name] as string[]).push(taken);
  else if (values[name] !== undefined) throw new TypeError(`${rawName} is given twice; it may be given once`);
  else values[name] = taken;
}

function operandOf({ name: command, operand, second }: Leaf, given: readonly string[]): string {
  const [first] = given;
  const extra = given[operand === undefined ? 0 : second === undefined ? 1 : 2];
  if (extra !== undefined) throw new TypeError(`unknown: ${quote(extra)}; see countersign ${command} --help`);
  if (second !== undefined && given[1] === "") wrong(second, "", "an id, or omitted");
  if (operand === undefined) return "";
  const { name, choices } = operand;
  if (first === undefined || first === "") {
    throw new TypeError(`${name} is not given; usage: countersign ${command} ${choices?.join("|") ?? name}`);
  }
  if (choices !== undefined && !choices.includes(first)) wrong(name, first, orList(choices));
  return first;
}
