/** Formats the output of `--help`. */

import { fileURLToPath } from "node:url";
import { orList } from "./arguments.ts";
import { type Command, GLOBAL_OPTIONS, wordOf } from "./command.ts";

const WIDTH = 118;

/** The folder of the documents that help texts name. It is part of the package. */
const DOCS = fileURLToPath(new URL("../../docs", import.meta.url));

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

const examplesOf = ({ examples }: Command): string =>
  [examples.length === 1 ? "Example:" : "Examples:", ...examples.map((line) => `  ${line}`)].join("\n");

/** A help text, followed by the path of the folder docs if the text names a file in it. */
const withDocs = (text: string): string => (text.includes("docs/") ? `${text}\n\nThe folder docs/ is ${DOCS}` : text);

/** The whole help of a command. */
export function helpOf(command: Command): string {
  const { name, text, operand, second, options, notes, exits, commands } = command;
  if (commands !== undefined) {
    return withDocs(
      [
        `Usage: countersign ${name} <command>`,
        paragraph(text),
        columns([...commands.map(rowOf), ["--help", "show this help, or the help of a command"] as const]),
        paragraph(`Exit code: ${exits}`),
        examplesOf(command),
      ].join("\n\n"),
    );
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
  return withDocs(
    [
      `Usage: ${usage}`,
      paragraph(text),
      columns([...rows, ["--help", "show this"]]),
      ...(notes === undefined ? [] : [paragraph(notes)]),
      paragraph(`Exit code: ${exits}`),
      examplesOf(command),
    ].join("\n\n"),
  );
}

/** A command in a list: its last word, its operand and its one-line description. */
const rowOf = (command: Command): readonly [string, string] => {
  const { about, operand, second, commands } = command;
  const own = second === undefined ? operand?.name : `${operand?.name} [${second}]`;
  const takes = commands === undefined ? own : "COMMAND";
  return [takes === undefined ? wordOf(command) : `${wordOf(command)} ${takes}`, about];
};

/** The list of commands. */
export const overviewOf = (commands: readonly Command[]): string =>
  withDocs(`Usage: countersign <command> [options]

${columns(commands.map(rowOf))}

${columns(Object.entries(GLOBAL_OPTIONS).map(([name, { short, about }]) => [`--${name}, ${short}`, about]))}

countersign help COMMAND shows the options and examples of a command. docs/command.md has more examples, and
docs/configuration.md lists the environment variables of the server.`);
