/** Writes the WebSocket class of `ws` as one ES module that needs no `require`, so that any bundler can take it. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { PROJECT } from "./entries.ts";

const WS = join(PROJECT, "node_modules/ws");

/** @param path of the module to write; whatever is there is replaced */
export async function writeWebSocket(path: string): Promise<void> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: 'export { default as WebSocket } from "./lib/websocket.js";', resolveDir: WS },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: ["bufferutil", "utf-8-validate"],
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const required = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external, kind }) => external && kind === "require-call").map(({ path: name }) => name),
  );
  const builtIn = [...new Set(required)].filter((name) => !/^(bufferutil|utf-8-validate)$/.test(name)).sort();
  const licence = readFileSync(join(WS, "LICENSE"), "utf8").trim().replaceAll("\n", "\n * ");
  // What esbuild leaves of a CommonJS module calls a `require` that is in scope.
  const head = [
    `/*! ws ${JSON.parse(readFileSync(join(WS, "package.json"), "utf8")).version}\n * ${licence}\n */`,
    ...builtIn.map((name) => `import ${name} from "node:${name}";`),
    `const builtIn = { ${builtIn.join(", ")} };`,
    "const require = (name) => {",
    "  if (Object.hasOwn(builtIn, name)) return builtIn[name];",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the module's own text
    "  throw new Error(`Cannot find module '${name}'`);",
    "};\n",
  ];
  writeFileSync(path, head.join("\n") + outputFiles[0]?.text);
}
