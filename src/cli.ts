#!/usr/bin/env node
/** The entry point of the command `countersign`. */

import { readArguments } from "./cli/arguments.ts";
import { Failure, type Leaf } from "./cli/command.ts";
import { COMMANDS } from "./cli/commands.ts";
import { findCommand } from "./cli/find-command.ts";
import { withoutTokens } from "./cli/token.ts";
import { printable } from "./cli/values.ts";
import { oneLine } from "./model/one-line.ts";

async function main(args: readonly string[]): Promise<number | undefined> {
  let command: Leaf | undefined;
  try {
    const found = findCommand(COMMANDS, args);
    if ("text" in found) {
      (found.exitCode === 0 ? console.log : console.error)(found.text);
      return found.exitCode;
    }
    command = found.command;
    // For such a command exit code 1 has another meaning, so an unexpected error must not cause it.
    if (command.failureCode !== undefined) process.on("uncaughtException", (error) => fail(error, command));
    const { values, operand, second } = readArguments(command, found.args);
    return await command.run(values, operand, second);
  } catch (error) {
    return fail(error, command);
  }
}

function fail(error: unknown, command: Leaf | undefined): never {
  console.error(`countersign: ${printable(withoutTokens(oneLine(error)))}`);
  process.exit(error instanceof Failure ? error.exitCode : (command?.failureCode ?? 1));
}

process.exitCode = await main(process.argv.slice(2));
