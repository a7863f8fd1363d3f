/** Tests the completion scripts of `countersign`, and the table of options that help and completion share. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { helpOf } from "../../src/cli/help.ts";
import { runCommand } from "../support/cli/process.ts";

const scripts: Record<string, string> = {};
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-completion-"));
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout, stderr } = await runCommand(["completion", shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    scripts[shell] = stdout;
    writeFileSync(join(folder, shell), stdout);
  }
  for (const name of ["build.json", "build notes.txt"]) writeFileSync(join(folder, name), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

const bash = (code: string, ...args: string[]) =>
  spawnSync("bash", ["--norc", "-c", code, "bash", ...args], { cwd: folder, encoding: "utf8" });

/** The completions of bash for the last of these words, as readline splits them. */
function offered(...words: string[]): string[] {
  const { status, stdout, stderr } = bash(
    `source <(cat bash)
     COMP_WORDS=(countersign "$@"); COMP_CWORD=$#
     _countersign
     for word in "\${COMPREPLY[@]}"; do echo "$word"; done`,
    ...words,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.split("\n").slice(0, -1).toSorted();
}

const tops = COMMANDS.map(({ name }) => name);
const ALL = COMMANDS.flatMap((known) => [known, ...(known.commands ?? [])]);
const names = ALL.map(({ name }) => name);
const optionsOf = (name: string) => Object.entries(ALL.find((known) => known.name === name)?.options ?? {});

describe("completion in bash", () => {
  it("completes the commands", () => {
    expect(offered("")).toEqual([...tops, "--help", "--version"].toSorted());
    expect(offered("re")).toEqual(["reject", "request"]);
  });

  it.each(names)("completes the options of %s", (name) => {
    expect(offered(...name.split(" "), "--")).toEqual(
      [...optionsOf(name).map(([option]) => `--${option}`), "--help"].toSorted(),
    );
  });

  it("completes the commands of a group, and the values of their options", () => {
    const members = COMMANDS.find(({ name }) => name === "runs")?.commands ?? [];
    expect(offered("runs", "")).toEqual([...members.map(({ name }) => name.split(" ")[1]), "--help"].toSorted());
    expect(offered("runs", "list", "--status", "f")).toEqual(["failed"]);
    expect(offered("runs", "nonsense", "")).toEqual([]);
  });

  it("completes known values, also after an equals sign", () => {
    expect(offered("request", "--timeout-action", "")).toEqual(["approve", "escalate", "reject"]);
    expect(offered("request", "--title", "x", "--channel", "=", "e")).toEqual(["email"]);
    expect(offered("list", "--status", "=")).toHaveLength(6);
    expect(offered("completion", "z")).toEqual(["zsh"]);
  });

  it("completes files for options that take files, and nothing for values that only the user knows", () => {
    expect(offered("verify-audit", "--export", "bui")).toEqual(["build notes.txt", "build.json"]);
    expect(offered("request", "--context", "@", "build.")).toEqual(["build.json"]);
    expect(offered("request", "--context", "@build.")).toEqual(["@build.json"]);
    expect(offered("request", "--title", "")).toEqual([]);
    expect(offered("nonsense", "")).toEqual([]);
  });

  it("is registered for the command", () => {
    expect(bash("source <(cat bash); complete -p countersign").stdout).toBe("complete -F _countersign countersign\n");
  });
});

describe.each(["zsh", "fish"])("the completion script for %s", (shell) => {
  it("has its quotes and brackets closed", () => {
    // If that shell is missing, bash parses the script: the parts in use have the same words and quotes.
    const reader = bash(`command -v ${shell}`).status === 0 ? shell : "bash";
    expect(bash(`${reader} -n ${shell}`)).toMatchObject({ status: 0, stderr: "" });
  });

  it("has every command with its options and their known values", () => {
    const script = scripts[shell] as string;
    for (const { name, options, commands } of ALL) {
      if (commands !== undefined) continue;
      const [word = "", member] = name.split(" ");
      const part =
        shell === "zsh"
          ? (script.split(member === undefined ? `    ${name})\n` : `    '${name}')\n`)[1]?.split(";;")[0] as string)
          : script
              .split("\n")
              .filter((line) => line.includes(`__fish_seen_subcommand_from ${member ?? word}'`))
              .join("\n");
      for (const [option, { value, choices }] of Object.entries(options)) {
        const spec = shell === "zsh" ? `--${option}${value === undefined ? "" : "="}[` : ` -l ${option} `;
        expect(part).toContain(spec);
        if (choices !== undefined) expect(part).toContain(choices.join(" "));
      }
    }
  });
});

describe("the table of options", () => {
  it.each(names)("is what --help of %s prints, with exit codes, and needs no quotes in any shell", (name) => {
    const command = ALL.find((known) => known.name === name);
    if (command === undefined) throw new Error(name);
    const help = helpOf(command);
    expect(help).toMatch(/\nExit code: /);
    expect(Math.max(...help.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(120);
    for (const [option, { about }] of optionsOf(name)) {
      expect(help).toContain(`\n  --${option}`);
      expect(about).not.toMatch(/['\\]/);
    }
  });

  it("is not printed for an unknown shell, which is refused", async () => {
    const { code, stderr } = await runCommand(["completion", "ksh"]);
    expect({ code, stderr }).toEqual({ code: 4, stderr: 'countersign: SHELL is "ksh"; it may be bash, zsh or fish\n' });
  });
});
