/** Formats the output of `--help`. */

import { orList } from "./arguments.ts";
import { type Command, wordOf } from "./command.ts";

const WIDTH = 118;

/** Breaks a text into lines of at most `width` characters. */
function* wrapped(text: string, width: number): Generator<string> {
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      yield line;
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  yield line;
}

const paragraph = (text: string): string =>
  text
    .split("\n")
    .flatMap((line) => [...wrapped(line, WIDTH)])
    .join("\n");

/** Two columns, the second of which is wrapped. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const first = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows
    .map(
      ([left, right]) =>
        `  ${left.padEnd(first)}${[...wrapped(right, WIDTH - first)].join(`\n${" ".repeat(first + 2)}`)}`,
    )
    .join("\n");
}

/** The whole help of a command. */
export function helpOf(command: Command): string {
  const { name, text, operand, second, options, notes, exits, examples = [], commands } = command;
  if (commands !== undefined) {
    return [
      `Usage: countersign ${name} <command>`,
      paragraph(text),
      columns([...commands.map(rowOf), ["--help", "show this help, or the help of a command"] as const]),
      paragraph(`Exit code: ${exits}`),
    ].join("\n\n");
  }
  const required = Object.entries(options).filter(([, option]) => option.required);
  const usage = [
    `countersign ${name}`,
    ...(operand === undefined ? [] : [operand.choices?.join("|") ?? operand.name]),
    ...(second === undefined ? [] : [`[${second}]`]),
    ...required.map(([option, { value }]) => `--${option} ${value}`),
    ...(Object.keys(options).length > required.length ? ["[options]"] : []),
  ].join(" ");
  const rows = Object.entries(options).map(([option, { value, about, multiple, choices }]) => {
    const values = choices === undefined ? about : `${orList(choices)}: ${about}`;
    const left = value === undefined ? `--${option}` : `--${option} ${value}`;
    return [left, multiple ? `${values}; may be repeated` : values] as const;
  });
  return [
    `Usage: ${usage}`,
    paragraph(text),
    columns([...rows, ["--help", "show this"]]),
    ...(notes === undefined ? [] : [paragraph(notes)]),
    paragraph(`Exit code: ${exits}`),
    ...(examples.length === 0 ? [] : [["Examples:", ...examples.map((line) => `  ${line}`)].join("\n")]),
  ].join("\n\n");
}

/** A command in a list: its last word, its operand and its one-line description. */
const rowOf = (command: Command): readonly [string, string] => {
  const { about, operand, second, commands } = command;
  const own = second === undefined ? operand?.name : `${operand?.name} [${second}]`;
  const takes = commands === undefined ? own : "COMMAND";
  return [takes === undefined ? wordOf(command) : `${wordOf(command)} ${takes}`, about];
};

/** The list of commands. */
export const overviewOf = (commands: readonly Command[]): string => `Usage: countersign <command>

${columns(commands.map(rowOf))}

  --help        show this help, or the help of a command

docs/configuration.md lists the server's environment variables, docs/command.md has examples of the commands.`;
