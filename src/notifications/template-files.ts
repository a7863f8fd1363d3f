/** The files that messages are made of: the built-in ones, and what an operator puts in their place. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Logger, oneLine } from "../log.ts";
import { decodeUtf8 } from "../model/utf8.ts";

const BUILT_IN = fileURLToPath(new URL("./templates", import.meta.url));
const ENDING = ".liquid";
/** More is no folder of templates: somebody named `/`. */
const MOST_FILES = 1_000;
const DEEPEST = 4;

/** By name, which is the path below the folder without `.liquid`, with `/` between its parts. */
export type Sources = Map<string, string>;

export const builtInSources = (): Sources => sourcesIn(BUILT_IN, (error) => throwing(error));

/** The operator's files. A folder or a file that cannot be read is logged and left out. */
export function operatorSources(dir: string, log: Logger): Sources {
  return sourcesIn(dir, (error, file) => {
    const what =
      file === dir
        ? "TEMPLATES_DIR cannot be read; using the built-in templates"
        : "a template cannot be read; using the built-in one";
    log.warn({ file, reason: oneLine(error) }, what);
  });
}

function throwing(error: unknown): never {
  throw error;
}

type Refused = (error: unknown, file: string) => void;

function sourcesIn(dir: string, refused: Refused): Sources {
  const sources: Sources = new Map();
  for (const name of namesIn(dir, "", 1, refused)) {
    if (sources.size >= MOST_FILES) {
      refused(new Error(`more than ${MOST_FILES} files`), dir);
      break;
    }
    const file = join(dir, name);
    try {
      sources.set(name.slice(0, -ENDING.length), decodeUtf8(readFileSync(file)));
    } catch (error) {
      refused(error, file);
    }
  }
  return sources;
}

/** Links are followed: a mounted ConfigMap is made of them, beside folders whose names begin with a dot. */
function* namesIn(dir: string, below: string, depth: number, refused: Refused): Generator<string> {
  const folder = below === "" ? dir : join(dir, below);
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    return refused(error, folder);
  }
  for (const name of names) {
    if (name.startsWith(".")) continue;
    const path = below === "" ? name : `${below}/${name}`;
    const isFolder = statSync(join(dir, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (!isFolder && name.endsWith(ENDING)) yield path;
    if (isFolder && depth < DEEPEST) yield* namesIn(dir, path, depth + 1, refused);
  }
}
