/** The package as npm packs it, and empty projects that it is installed into. */

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
/** What the package is made of; a copy is built, because others use this folder meanwhile. */
const NEEDED = /^(package(-lock)?\.json|tsconfig.*|README\.md|LICENSE|schema\.graphql|bin|build|migrations|src|web)$/;
const BUILT = /^(dist|web\/dist)$/;

export interface Packed {
  /** Path of the tarball. */
  path: string;
  /** Bytes of the tarball, and of what is in it. */
  size: number;
  unpackedSize: number;
  files: { path: string; size: number; mode: number }[];
}

/** Runs `npm pack`, which builds, in a copy of this project below the folder. */
export async function packProject(folder: string): Promise<Packed> {
  const copy = join(folder, "repository");
  cpSync(PROJECT, copy, {
    recursive: true,
    filter(path) {
      const name = relative(PROJECT, path);
      return name === "" || (NEEDED.test(name.split("/")[0] as string) && !BUILT.test(name));
    },
  });
  symlinkSync(join(PROJECT, "node_modules"), join(copy, "node_modules"));
  const { stdout } = await npm(copy, "pack", "--json", "--pack-destination", folder);
  const [packed] = JSON.parse(stdout) as (Packed & { filename: string })[];
  if (packed === undefined) throw new Error("npm pack made nothing");
  return { ...packed, path: join(folder, packed.filename) };
}

/** Makes a project with nothing in it but the tarball and its dependencies. */
export async function installPackage(folder: string, tarball: string, ...options: string[]): Promise<void> {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await npm(folder, "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", ...options, tarball);
}

/** Lets a project find a package where this one has it: what an optional peer is there, say. */
export function borrow(folder: string, ...names: string[]): void {
  for (const name of names) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(join(PROJECT, "node_modules", name), link);
  }
}

/** The first block of code of the README that holds a text. */
export function readmeBlock(text: string): string {
  const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
  const block = [...readme.matchAll(/```\w+\n(.*?)```/gs)].find(([, code]) => code?.includes(text));
  if (block?.[1] === undefined) throw new Error(`README.md has no block with ${text}`);
  return block[1];
}

/** npm and what it runs, on this Node.js and without what the tests' own npm handed down. */
const npm = (cwd: string, ...args: string[]) =>
  promisify(execFile)("npm", args, { cwd, env: cleanEnvironment(), maxBuffer: 64 * 1024 * 1024 });

export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|vitest|node_env$)/i.test(name));
  return { ...Object.fromEntries(kept), PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
}
