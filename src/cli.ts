#!/usr/bin/env node
/** The entry point of the command `countersign`. */

import { readArguments } from "./cli/arguments.ts";
import { type Command, Failure, wordOf } from "./cli/command.ts";
import { COMMANDS } from "./cli/commands.ts";
import { helpOf, overviewOf } from "./cli/help.ts";
import { withoutTokens } from "./cli/token.ts";
import { printable } from "./cli/values.ts";
import { INSTALL_HINT, missingPackage } from "./missing-package.ts";
import { oneLine } from "./model/one-line.ts";

/** Not an outcome of a wait: a misspelled `wait` must not look like a rejection. */
const UNKNOWN_COMMAND = 4;

const isHelp = (arg: string) => arg === "--help" || arg === "-h";

async function main(name: string | undefined, args: string[]): Promise<number | undefined> {
  if (name !== undefined && isHelp(name)) {
    console.log(overviewOf(COMMANDS));
    return 0;
  }
  const top = COMMANDS.find((known) => known.name === name);
  const member = top?.commands?.find((known) => wordOf(known) === args[0]);
  const command = member ?? top;
  if (member !== undefined) args.shift();
  // For such a command exit code 1 has another meaning, so an unexpected error must not cause it.
  if (command?.failureCode !== undefined) process.on("uncaughtException", (error) => fail(error, command));
  try {
    if (command === undefined) {
      throw new Failure(`${name === undefined ? "no command" : `unknown: ${name}`}; see --help`, UNKNOWN_COMMAND);
    }
    return await run(command, args);
  } catch (error) {
    return fail(error, command);
  }
}

function fail(error: unknown, command: Command | undefined): never {
  const missing = missingPackage(error);
  const message = missing === undefined ? oneLine(error) : `the package ${missing} is not installed; ${INSTALL_HINT}`;
  console.error(`countersign: ${printable(withoutTokens(message))}`);
  process.exit(error instanceof Failure ? error.exitCode : (command?.failureCode ?? 1));
}

async function run(command: Command, args: string[]): Promise<number | undefined> {
  // Everything after -- is an operand.
  if (args.slice(0, args.includes("--") ? args.indexOf("--") : undefined).some(isHelp)) {
    console.log(helpOf(command));
    return 0;
  }
  // A group takes no arguments, so the first one is an unknown command.
  if (command.commands !== undefined) return command.run({}, args[0] ?? "");
  const { values, operand, second } = readArguments(command, args);
  return command.run(values, operand, second);
}

const [name, ...args] = process.argv.slice(2);
process.exitCode = await main(name, args);
