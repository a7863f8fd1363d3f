/** Tests docs/command.md: runs its blocks in order, each person with a token, and compares the output. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { GLOBAL_OPTIONS } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { CLI } from "../support/cli/process.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { spawn } from "../support/spawn.ts";

const page = readFileSync(new URL("../../docs/command.md", import.meta.url), "utf8");
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  folder = mkdtempSync(join(tmpdir(), "countersign-doc-"));
  writeFileSync(join(folder, "build.json"), '{ "version": "1.4.0", "build": { "size": 42 } }');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
});

interface Shown {
  user: string;
  line: string;
  output: string;
}

/** Every command line that the page shows with a prompt, and what it prints. */
const shown: Shown[] = [...page.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
  block.split(/^(?=[a-z]+\$ )/m).map((part) => {
    const [prompt = "", ...output] = part.split("\n");
    const [, user = "", line = ""] = /^([a-z]+)\$ (.*)$/.exec(prompt) ?? [];
    return { user, line, output: output.join("\n") };
  }),
);

/** Runs a line as that person's shell would; `text` is what has been printed so far. */
async function run(user: string, line: string) {
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    COUNTERSIGN_URL: server.url,
    COUNTERSIGN_TOKEN: await tokenFor(`${user}@company.com`),
    NODE: process.execPath,
    CLI,
  };
  const script = `countersign() { "$NODE" "$CLI" "$@"; }\n${line}`;
  const child = spawn("bash", ["--norc", "-c", `{ ${script}\n} 2>&1`], { cwd: folder, env });
  const printed = { text: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed.text += text;
  });
  return { printed, ended: new Promise<void>((resolve) => child.once("close", () => resolve())) };
}

/** Without what differs from run to run: ids, times, and with them the width of columns. */
const plain = (text: string) =>
  text
    .replaceAll(server.url, "http://127.0.0.1:4000")
    .replaceAll(UUID, "ID")
    .replaceAll(/eyJ[\w.…-]+/g, "TOKEN")
    .replaceAll(/(, )[\w ]+ left\./g, "$1TIME left.")
    .replaceAll(/ \d+[dhms]( \d+[dhms])?(?= )/g, " TIME")
    .replaceAll(/ {2,}/g, "  ");

it("every block of docs/command.md prints the output that the page shows", async () => {
  expect(shown.length).toBeGreaterThan(8);
  // The ids of the page, and the ids of this test.
  const ids = new Map<string, string>();
  const learn = (expected: string, printed: string) => {
    const real = printed.match(UUID) ?? [];
    for (const [index, id] of (expected.match(UUID) ?? []).entries()) if (real[index]) ids.set(id, real[index]);
  };
  const waiting: { expected: string; printed: { text: string }; ended: Promise<void> }[] = [];
  for (const { user, line, output } of shown) {
    const command = await run(
      user,
      line.replaceAll(UUID, (id) => ids.get(id) ?? id),
    );
    if (line.includes("--wait")) {
      const isWaiting = () => expect(command.printed.text).toContain("Waiting for a decision");
      await vi.waitFor(isWaiting, { timeout: 60_000, interval: 20 });
      waiting.push({ expected: output, ...command });
    } else {
      await command.ended;
      expect(plain(command.printed.text), line).toBe(plain(output));
      // A wait may skip a state that a newer one has already replaced.
      for (const { expected, printed } of waiting) {
        const approved = `${user}@company.com approved`;
        if (!line.startsWith("countersign approve") || !expected.includes(approved)) continue;
        await vi.waitFor(() => expect(printed.text).toContain(approved), { timeout: 60_000, interval: 20 });
      }
    }
    learn(output, command.printed.text);
  }
  expect(waiting).toHaveLength(1);
  for (const { expected, printed, ended } of waiting) {
    await ended;
    expect(plain(printed.text)).toBe(plain(expected));
  }
});

it("docs/command.md names only options that exist, and every variable that ids come from", () => {
  const known = new Set([GLOBAL_OPTIONS, ...COMMANDS.map(({ options }) => options)].flatMap(Object.keys));
  const own = page.replaceAll(/\bnpm [^\n]*/g, "");
  const named = [...own.matchAll(/[\s`]--([a-z][a-z-]*)/g)].map(([, option]) => option as string);
  expect(named.filter((option) => !known.has(option))).toEqual([]);
  const ids = readFileSync(new URL("../../src/cli/ids.ts", import.meta.url), "utf8");
  const variables = [...ids.matchAll(/env\.([A-Z_]+)/g)].map(([, variable]) => variable as string);
  expect(variables.filter((variable) => !page.includes(variable))).toEqual([]);
});
