/** Tests the Git hook that formats files: its installation, and one commit with it. */

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, it, onTestFinished } from "vitest";

const PROJECT = join(import.meta.dirname, "..");
const INSTALL = "build/install-hooks.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-hook-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of [INSTALL, "lefthook.yml", "biome.json"]) cpSync(join(PROJECT, name), join(folder, name));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
});

const run = (file: string, args: string[], env: NodeJS.ProcessEnv = {}) => {
  const given = Object.entries(process.env).filter(([name]) => !/^(CI|GIT_.*)$/.test(name));
  return promisify(execFile)(file, args, { cwd: folder, env: { ...Object.fromEntries(given), ...env } });
};
const git = (...args: string[]) => run("git", ["-c", "user.name=ann", "-c", "user.email=ann@company.com", ...args]);
const install = (env?: NodeJS.ProcessEnv) => run(process.execPath, [INSTALL], env);
const borrowPackages = () => symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
const hook = () => join(folder, ".git/hooks/pre-commit");

it("a commit formats the staged files once the Git hook is installed", async () => {
  borrowPackages();
  await git("init", "--quiet");
  await install();
  writeFileSync(join(folder, "sum.ts"), "export const sum=(a:number,b:number)=>a+b\n");
  writeFileSync(join(folder, "note.txt"), "not  formatted");
  await git("add", "sum.ts", "note.txt");
  await git("commit", "--quiet", "--message", "sum: add two numbers");
  expect((await git("show", "HEAD:sum.ts")).stdout).toBe("export const sum = (a: number, b: number) => a + b;\n");
  expect(readFileSync(join(folder, "note.txt"), "utf8")).toBe("not  formatted");
});

it("the Git hook is not installed in CI, in a linked worktree or outside of a repository, and nothing fails", async () => {
  borrowPackages();
  await expect(install()).resolves.toEqual({ stdout: "", stderr: "" });
  writeFileSync(join(folder, ".git"), "gitdir: elsewhere\n");
  await expect(install()).resolves.toEqual({ stdout: "", stderr: "" });
  rmSync(join(folder, ".git"));
  await git("init", "--quiet");
  await expect(install({ CI: "true" })).resolves.toEqual({ stdout: "", stderr: "" });
  expect(existsSync(hook())).toBe(false);
});

it("an installation of the Git hook that fails is a hint and not an error", async () => {
  mkdirSync(join(folder, ".git"));
  const { stderr } = await install();
  expect(stderr).toContain("npx lefthook install");
  expect(existsSync(hook())).toBe(false);
});
