/** Tests what `countersign` prints without a command, for an unknown one, and as help. */

import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readArguments } from "../../src/cli/arguments.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { findCommand } from "../../src/cli/find-command.ts";
import { overviewOf } from "../../src/cli/help.ts";
import { runCommand } from "../support/cli/process.ts";

const PROJECT = new URL("../../", import.meta.url);
const find = (line: string) => findCommand(COMMANDS, line.split(" ").filter(Boolean));
const leaves = COMMANDS.flatMap((known) => known.commands ?? [known]);
const everyName = COMMANDS.flatMap((known) => [known.name, ...(known.commands ?? []).map(({ name }) => name)]);

describe("countersign without a command", () => {
  it("prints the list of commands to standard error and exits with 4, because 0 would mean approved", async () => {
    const stderr = `${overviewOf(COMMANDS)}\n`;
    expect(await runCommand([])).toEqual({ code: 4, stdout: "", stderr });
    expect(await runCommand(["--help"])).toEqual({ code: 0, stdout: stderr, stderr: "" });
    expect(find("runs")).toEqual({ text: expect.stringMatching(/^Usage: countersign runs <command>/), exitCode: 4 });
  });

  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("package.json", PROJECT), "utf8"));
    expect(await runCommand(["--version"])).toEqual({ code: 0, stdout: `countersign ${version}\n`, stderr: "" });
    expect(find("-v")).toEqual({ text: `countersign ${version}`, exitCode: 0 });
  });

  it.each([
    ["wiat", "unknown command: wiat; did you mean wait? See countersign --help"],
    ["aprove x", "unknown command: aprove; did you mean approve? See countersign --help"],
    ["retry x", "unknown command: retry; did you mean runs retry? See countersign --help"],
    ["runs lsit", "unknown command: runs lsit; did you mean runs list? See countersign runs --help"],
    ["help workflows shwo", "unknown command: workflows shwo; did you mean workflows show? See countersign workflows"],
    ["dance", "unknown command: dance; see countersign --help"],
    ["--versoin", "unknown option: --versoin; did you mean --version? See countersign --help"],
    ["--json list", "no command before --json; see countersign --help"],
  ])("suggests the command that a misspelled one resembles: %s", (line, message) => {
    expect(() => find(line)).toThrow(message);
  });

  it("suggests an option for every option of every command with one letter missing", () => {
    for (const leaf of leaves) {
      for (const option of Object.keys(leaf.options).filter(({ length }) => length > 3)) {
        const misspelled = `--${option.slice(0, -1)}`;
        const known = Object.keys(leaf.options).map((name) => `--${name}`);
        if (known.includes(misspelled)) continue;
        expect(() => readArguments(leaf, [misspelled]), `${leaf.name} ${misspelled}`).toThrow(
          new RegExp(`${misspelled} is not an option of ${leaf.name}; did you mean --[a-z-]+\\? See`),
        );
      }
    }
  });
});

describe.each(everyName)("the help of countersign %s", (name) => {
  it("is the same after the command and after help, and has an example that names an existing command", () => {
    const help = find(`${name} --help`);
    expect(find(`help ${name}`)).toEqual(help);
    if (!("text" in help)) throw new Error(name);
    const [, examples = ""] = help.text.split(/\nExamples?:\n/);
    const lines = [...examples.matchAll(/countersign ((?:[a-z-]+ ?)+)/g)].map(([, line]) => line as string);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(find(line), line).toBeDefined();
  });
});

it("every document that a help text names is part of the package, and the help states where", () => {
  const texts = [overviewOf(COMMANDS), ...everyName.map((name) => (find(`${name} --help`) as { text: string }).text)];
  const { files } = JSON.parse(readFileSync(new URL("package.json", PROJECT), "utf8")) as { files: string[] };
  const packed = new Set(globSync(files, { cwd: PROJECT.pathname }));
  const named = texts.flatMap((text) => {
    const documents = [...text.matchAll(/\bdocs\/[\w-]+\.md/g)].map(([document]) => document);
    if (documents.length > 0) expect(text).toContain(`\nThe folder docs/ is ${PROJECT.pathname}docs`);
    return documents;
  });
  expect(named.length).toBeGreaterThan(4);
  for (const document of named) {
    expect(existsSync(new URL(document, PROJECT)), document).toBe(true);
    expect([...packed], document).toContain(document);
  }
});
