/** Writes the WebSocket class of `ws` as one ES module that needs no `require`, so that any bundler can take it. */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { PROJECT } from "./entries.ts";

const WS = join(PROJECT, "node_modules/ws");
// Optional native modules of ws.
const ADDITIONS = ["--external:bufferutil", "--external:utf-8-validate"];

/** @param path the module to write; an existing file is replaced */
export function writeWebSocket(path: string): void {
  const text = execFileSync(
    join(PROJECT, "node_modules/.bin/esbuild"),
    ["--bundle", "--format=esm", "--platform=node", "--target=node24", "--log-level=warning", ...ADDITIONS],
    { cwd: WS, input: 'export { default as WebSocket } from "./lib/websocket.js";', encoding: "utf8" },
  );
  const required = text.matchAll(/\b__require\("([^"]+)"\)/g).map(([, name]) => name as string);
  const builtIn = [...new Set(required)].filter(isBuiltin).sort();
  const { version } = JSON.parse(readFileSync(join(WS, "package.json"), "utf8")) as { version: string };
  const licence = readFileSync(join(WS, "LICENSE"), "utf8").trim().replaceAll("\n", "\n * ");
  // What esbuild leaves of a CommonJS module calls a `require` that is in scope.
  const head = [
    `/*! ws ${version}\n * ${licence}\n */`,
    ...builtIn.map((name) => `import ${name} from "node:${name}";`),
    `const builtIn = { ${builtIn.join(", ")} };`,
    "const require = (name) => {",
    "  if (Object.hasOwn(builtIn, name)) return builtIn[name];",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the module's own text
    "  throw new Error(`Cannot find module '${name}'`);",
    "};\n",
  ];
  writeFileSync(path, head.join("\n") + text);
}
