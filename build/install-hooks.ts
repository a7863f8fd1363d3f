/** Installs the Git hooks of lefthook.yml. `npm ci` runs this; it never makes the installation fail. */

import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";

const PROJECT = join(import.meta.dirname, "..");

/** Whether this folder is a Git repository of its own. A linked worktree, where `.git` is a file, shares its hooks. */
const isRepository = (): boolean => statSync(join(PROJECT, ".git"), { throwIfNoEntry: false })?.isDirectory() ?? false;

if (!process.env.CI && isRepository()) {
  try {
    execFileSync(join(PROJECT, "node_modules/.bin/lefthook"), ["install"], { cwd: PROJECT, stdio: "inherit" });
  } catch {
    console.warn("The Git hook that formats files was not installed. Run `npx lefthook install` to try again.");
  }
}
