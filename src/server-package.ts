/**
 * Loads modules of the server on first use. In this repository they are beside this file. In the package `countersign`
 * they are another package, `@countersign/server`, which a program that only uses the API need not install.
 */

// Not by its name: webpack warns of a `createRequire` whose modules it cannot find.
import module from "node:module";

const NAME = "@countersign/server";
const NODE_VERSION = 24;
const INSTALL_HINT = "npm install ./countersign-server-*.tgz (docs/packages.md)";
/** The built module of this file. Any other path is that of a bundle. */
const BUILT = "/dist/server-package.js";

/**
 * Loads a module with `require`, because the caller needs it synchronously.
 * @param path relative to `src`, without the file extension
 * @param what the subject of the error message: "A manager"
 * @throws an Error that names the package that is not installed, or an Error that this cannot be bundled
 */
export function requireServer<Module>(path: string, what: string): Module {
  // In a CommonJS bundle it is undefined.
  const url: string = import.meta.url ?? "";
  const isSource = url.endsWith(".ts");
  if (!isSource && !url.endsWith(BUILT)) {
    throw new Error(`${what} cannot be bundled: mark the package as external (esbuild: --external:countersign).`);
  }
  assertNode(what);
  try {
    return module.createRequire(url)(isSource ? `./${path}.ts` : `${NAME}/internal/${path}.js`) as Module;
  } catch (error) {
    throw explained(error, what);
  }
}

/**
 * Loads a module for a command.
 * @param load imports it
 * @param what the subject of the error message: "serve"
 * @throws an Error that names the package that is not installed
 */
export async function importServer<Module>(load: () => Promise<Module>, what: string): Promise<Module> {
  assertNode(what);
  try {
    return await load();
  } catch (error) {
    throw explained(error, what);
  }
}

function assertNode(what: string): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) < NODE_VERSION) {
    throw new Error(`${what} needs Node.js ${NODE_VERSION} or newer; this is ${node}.`);
  }
}

function explained(error: unknown, what: string): unknown {
  const missing = missingPackage(error);
  if (missing === undefined) return error;
  const hint = missing === NAME ? INSTALL_HINT : `install ${NAME} again`;
  return new Error(`${what} needs the package ${missing}: ${hint}.`, { cause: error });
}

/** The name of the package that is missing, for `import` and `require`; undefined for any other error. */
function missingPackage(error: unknown): string | undefined {
  const { code = "", message = "" } = (error ?? {}) as NodeJS.ErrnoException;
  if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(code)) return undefined;
  return /^Cannot find (?:package|module) '((?:@[^'/]+\/)?[^'/.][^'/]*)/.exec(message)?.[1];
}
