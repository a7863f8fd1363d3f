/** Finds the command that a command line names, or the text that it asks for. */

import { closestName } from "../model/closest-name.ts";
import { hintFor } from "./arguments.ts";
import { type Command, Failure, GLOBAL_OPTIONS, type Leaf, wordOf } from "./command.ts";
import { helpOf, overviewOf } from "./help.ts";
import { versionOf } from "./version.ts";

/**
 * The exit code of a command line without a command, or with an unknown one. 0 to 3 are outcomes of a wait: in a script,
 * an empty variable in place of the command must not look like an approval.
 */
const NO_COMMAND = 4;

export type Found =
  | { command: Leaf; args: readonly string[] }
  /** A text for standard output, or for standard error if the exit code is not 0. */
  | { text: string; exitCode: number };

const isHelp = (arg: string): boolean => arg === "--help" || arg === "-h";

/**
 * @param args the command line without the name of the program
 * @throws Failure for an unknown command, with the one that it resembles
 */
export function findCommand(commands: readonly Command[], args: readonly string[]): Found {
  const [name, ...rest] = args;
  if (name === undefined) return { text: overviewOf(commands), exitCode: NO_COMMAND };
  if (isHelp(name)) return { text: overviewOf(commands), exitCode: 0 };
  if (name === "help") return findCommand(commands, [...rest, "--help"]);
  if (name === "--version" || name === "-v") return { text: `countersign ${versionOf()}`, exitCode: 0 };
  const top = commands.find((known) => known.name === name);
  if (top === undefined) throw unknown(commands, name);
  if (top.commands === undefined) return leafOf(top, rest);
  const [word, ...others] = rest;
  if (word === undefined) return { text: helpOf(top), exitCode: NO_COMMAND };
  if (isHelp(word)) return { text: helpOf(top), exitCode: 0 };
  const member = top.commands.find((known) => wordOf(known) === word);
  if (member !== undefined) return leafOf(member, others);
  const members = top.commands.map((known) => known.name);
  throw new Failure(`unknown command: ${name} ${word}${hintFor(`${name} ${word}`, members, name)}`, NO_COMMAND);
}

function leafOf(command: Leaf, args: readonly string[]): Found {
  // Everything after -- is an operand.
  const options = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined);
  return options.some(isHelp) ? { text: helpOf(command), exitCode: 0 } : { command, args };
}

function unknown(commands: readonly Command[], name: string): Failure {
  if (name.startsWith("-")) {
    const options = Object.keys(GLOBAL_OPTIONS).map((option) => `--${option}`);
    const what = closestName(name, options) === null ? `no command before ${name}` : `unknown option: ${name}`;
    return new Failure(`${what}${hintFor(name, options, "")}`, NO_COMMAND);
  }
  const names = commands.flatMap(({ name: own, commands: members = [] }) => [own, ...members.map(({ name }) => name)]);
  return new Failure(`unknown command: ${name}${hintFor(name, names, "")}`, NO_COMMAND);
}
