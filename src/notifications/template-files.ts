/** Reads the template files: the built-in ones, and those of the operator that replace them. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Logger, oneLine } from "../log.ts";
import { decodeUtf8 } from "../model/utf8.ts";

const BUILT_IN = fileURLToPath(new URL("./templates", import.meta.url));
const ENDING = ".liquid";
/** A folder with more files is not a folder of templates: TEMPLATES_DIR may be `/` by mistake. */
const MOST_FILES = 1_000;
const DEEPEST = 4;

/** Template sources by name. The name is the path below the folder, without `.liquid`, separated by `/`. */
export type Sources = Map<string, string>;

export const builtInSources = (): Sources => sourcesIn(BUILT_IN, (error) => throwing(error));

/** The operator's files. A folder or a file that cannot be read is logged and skipped. */
export function operatorSources(dir: string, log: Logger): Sources {
  return sourcesIn(dir, (error, file) => {
    const text =
      file === dir
        ? "TEMPLATES_DIR cannot be read; using the built-in templates"
        : "a template cannot be read; using the built-in one";
    log.warn({ file, reason: oneLine(error) }, text);
  });
}

function throwing(error: unknown): never {
  throw error;
}

type OnError = (error: unknown, file: string) => void;

function sourcesIn(dir: string, onError: OnError): Sources {
  const sources: Sources = new Map();
  for (const name of namesIn(dir, "", 1, onError)) {
    if (sources.size >= MOST_FILES) {
      onError(new Error(`more than ${MOST_FILES} files`), dir);
      break;
    }
    const file = join(dir, name);
    try {
      sources.set(name.slice(0, -ENDING.length), decodeUtf8(readFileSync(file)));
    } catch (error) {
      onError(error, file);
    }
  }
  return sources;
}

/** Follows symbolic links, of which a mounted ConfigMap consists. Skips names that start with a dot. */
function* namesIn(dir: string, below: string, depth: number, onError: OnError): Generator<string> {
  const folder = below === "" ? dir : join(dir, below);
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    return onError(error, folder);
  }
  for (const name of names) {
    if (name.startsWith(".")) continue;
    const path = below === "" ? name : `${below}/${name}`;
    const isFolder = statSync(join(dir, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (!isFolder && name.endsWith(ENDING)) yield path;
    if (isFolder && depth < DEEPEST) yield* namesIn(dir, path, depth + 1, onError);
  }
}
