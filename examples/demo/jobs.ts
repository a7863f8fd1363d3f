/** The jobs before and after the approval: `build` packs this project, `deploy` puts the tarball into a release folder. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { JobHandler } from "countersign/orchestrator";

const PROJECT = new URL("../../", import.meta.url).pathname;

export interface Build {
  /** The path of the tarball. */
  path: string;
  name: string;
  /** Bytes. */
  size: number;
  /** SHA-256, hexadecimal. */
  digest: string;
  files: string[];
}

const digestOf = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

/** @param directory the folder for the tarball */
export const buildHandler = (directory: string): JobHandler => ({
  type: "build",
  async execute({ signal }) {
    // Without scripts it packs in a second, and does not build the package first.
    const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", directory];
    const options = { cwd: PROJECT, signal, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await promisify(execFile)("npm", args, options);
    const [packed] = JSON.parse(stdout) as { filename: string; size: number; files: { path: string }[] }[];
    if (packed === undefined) throw new Error("npm pack created no package");
    const path = join(directory, packed.filename);
    const files = packed.files.map((file) => file.path);
    const output: Build = { path, name: packed.filename, size: packed.size, digest: await digestOf(path), files };
    return { success: true, output, metadata: {} };
  },
});

/** @param directory the release folder, created if it does not exist */
export const deployHandler = (directory: string): JobHandler => ({
  type: "deploy",
  async execute({ result }) {
    const { path, name, digest } = await result<Build>("build");
    // The release must be the approved build.
    if ((await digestOf(path)) !== digest) {
      return { success: false, error: `${name} was changed after it was approved`, metadata: {} };
    }
    await mkdir(directory, { recursive: true });
    const released = join(directory, name);
    await copyFile(path, released);
    return { success: true, output: { released }, metadata: {} };
  },
});
