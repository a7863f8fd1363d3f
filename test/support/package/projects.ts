/** Packs the two packages as npm does, and installs them into empty projects; one of each for all tests. */

import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { inject, vi } from "vitest";
import { execFile } from "../spawn.ts";
import { packageFolder } from "./folder.ts";

export const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));
/** The files that the build needs. A copy is built, because other tests use this folder in the meantime. */
const NEEDED =
  /^(package(-lock)?\.json|tsconfig.*|README\.md|LICENSE|schema\.graphql|bin|build|docs|migrations|src|web)$/;
const BUILT = /^(dist|web\/dist)$/;

export interface Packed {
  /** Path of the tarball. */
  path: string;
  /** Bytes of the tarball, and of what is in it. */
  size: number;
  unpackedSize: number;
  files: { path: string; size: number; mode: number }[];
}

export interface Projects {
  /** The tarball that `npm pack` writes in the repository. */
  packed: Packed;
  /** The tarballs of the two packages as they are published. */
  client: Packed;
  server: Packed;
  /** A copy of the repository in which nothing is built. */
  unbuilt: string;
  /** A project with both packages, and one with only `countersign`. */
  full: string;
  lean: string;
  /** The oldest Node.js that `countersign` supports. */
  oldNode: string;
  /** A project with webpack. */
  webpack: string;
}

const OLDEST_NODE = "20.19.0";
const WEBPACK = "5.113.0";

/** The longest time that packing and installing may take. */
export const PACKING_MS = 400_000;

/** Packs and installs once for all test files: the first one does it, the others wait. */
export async function packageProjects(): Promise<Projects> {
  const folder = packageFolder(inject("templateDatabase"));
  const answer = join(folder, "projects.json");
  try {
    mkdirSync(folder);
  } catch {
    const read = () => JSON.parse(readFileSync(answer, "utf8")) as Projects | { error: string };
    const packed = await vi.waitFor(read, { timeout: PACKING_MS, interval: 100 });
    if ("error" in packed) throw new Error(packed.error);
    return packed;
  }
  const publish = (text: string) => {
    writeFileSync(`${answer}.draft`, text);
    renameSync(`${answer}.draft`, answer);
  };
  try {
    const unbuilt = copyRepository(join(folder, "unbuilt"));
    const copy = copyRepository(join(folder, "repository"));
    const packed = await pack(copy, folder);
    const [client, server] = await Promise.all(
      ["./packages/countersign", "./packages/server"].map((path) => pack(copy, join(folder, "published"), path)),
    );
    const [full, lean, old, webpack] = ["full", "lean", "old", "webpack"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
    ];
    const nodePackage = `node-${process.platform}-${process.arch}`;
    await Promise.all([
      install(full, packed.path, (server as Packed).path),
      install(lean, packed.path),
      install(old, `${nodePackage}@${OLDEST_NODE}`),
      install(webpack, `webpack@${WEBPACK}`),
    ]);
    const oldNode = join(old, "node_modules", nodePackage, "bin/node");
    const projects = { packed, client, server, unbuilt, full, lean, oldNode, webpack } as Projects;
    publish(JSON.stringify(projects));
    return projects;
  } catch (error) {
    publish(JSON.stringify({ error: `the package could not be made in another test file: ${error}` }));
    throw error;
  }
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Writes a module into a project and runs it; resolves with its end and what it printed. */
export async function runModule(project: string, name: string, code: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(join(project, name), code);
  return runNode(project, [name], env);
}

/** Runs Node.js in a project. @param node the program. Default: this Node.js */
export async function runNode(
  project: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  node = process.execPath,
): Promise<Ended> {
  return runProgram(node, args, { cwd: project, env: { ...cleanEnvironment(), ...env } });
}

/** Runs npm in a folder. */
export const runNpm = (cwd: string, ...args: string[]): Promise<Ended> =>
  runProgram("npm", args, { cwd, env: cleanEnvironment() });

async function runProgram(program: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  return execFile(program, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Ended) => ({ code, stdout, stderr }),
  );
}

/** Checks files of a project with its own tsconfig; resolves with what the compiler prints, "" where all is right. */
export async function typeCheck(project: string, files: string[], options: object): Promise<string> {
  const common = { target: "es2024", strict: true, noEmit: true, types: ["node"] };
  const config = join(project, `tsconfig-${files[0]}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...common, ...options }, files }));
  const tsc = join(PROJECT, "node_modules/typescript/bin/tsc");
  return (await runNode(project, [tsc, "-p", config])).stdout;
}

/** Copies the repository without what is built. @returns the copy */
function copyRepository(copy: string): string {
  cpSync(PROJECT, copy, {
    recursive: true,
    filter(path) {
      const name = relative(PROJECT, path);
      return name === "" || (NEEDED.test(name.split("/")[0] as string) && !BUILT.test(name));
    },
  });
  symlinkSync(join(PROJECT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** Runs `npm pack`, which builds the repository unless it packs one of the folders. */
async function pack(repository: string, folder: string, ...paths: string[]): Promise<Packed> {
  mkdirSync(folder, { recursive: true });
  const { stdout } = await npm(repository, "pack", "--json", "--pack-destination", folder, ...paths);
  const [packed] = JSON.parse(stdout) as (Packed & { filename: string })[];
  if (packed === undefined) throw new Error("npm pack made nothing");
  return { ...packed, path: join(folder, packed.filename) };
}

/** Makes a project with nothing in it but these packages and their dependencies. */
async function install(folder: string, ...packages: string[]): Promise<void> {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await npm(folder, "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", ...packages);
}

/** Lets a project find a package of this one, such as an optional peer. */
export function borrow(folder: string, ...names: string[]): void {
  for (const name of names) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    try {
      symlinkSync(join(PROJECT, "node_modules", name), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** The first block of code of the README that contains a text. */
export function readmeBlock(text: string): string {
  const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
  const block = [...readme.matchAll(/```\w+\n(.*?)```/gs)].find(([, code]) => code?.includes(text));
  if (block?.[1] === undefined) throw new Error(`README.md has no block with ${text}`);
  return block[1];
}

/** npm and what it runs, on this Node.js and without what the tests' own npm handed down. */
const npm = (cwd: string, ...args: string[]) => execFile("npm", args, { cwd, env: cleanEnvironment() });

export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|vitest|node_(env|options)$)/i.test(name));
  return { ...Object.fromEntries(kept), PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
}
