/** Tests `npm run demo`: a release that people approve or reject, and its recovery after kills. */

import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { descendants, isRunning, type Started, startScript } from "../support/processes.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let folder: string;
let server: TestServer;
const started: Started[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-releases-"));
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const process of started.splice(0)) await process.end("SIGKILL");
});

function demo(name: string, ...options: string[]): { process: Started; release: string } {
  const release = join(folder, name);
  const data = join(folder, `${name}-data`);
  const process = startScript("examples/demo/run.ts", ["--release", release, "--data", data, ...options]);
  started.push(process);
  return { process, release };
}

async function linesUntil(process: Started, pattern: RegExp): Promise<string[]> {
  const lines: string[] = [];
  do lines.push(await process.line());
  while (!pattern.test(lines.at(-1) as string));
  return lines;
}

// A run packs the project and starts a server with a database. The time-out is a limit for a busy machine.
describe("npm run demo", { timeout: 120_000 }, () => {
  it("releases after two people approve, with a server of its own", async () => {
    const { process, release } = demo("own", "--approve");
    const lines = await linesUntil(process, /^deploy/);
    expect(await process.end()).toEqual({ code: 0, stderr: "" });
    expect(lines).toContainEqual("approval  approved by alice@company.com and bob@company.com");
    const [tarball] = await readdir(release);
    const released = await readFile(join(release, tarball as string));
    expect(lines.join("\n")).toContain(`SHA-256 ${createHash("sha256").update(released).digest("hex")}`);
  });

  it("shows approvers the build, and releases nothing if one of them rejects", async () => {
    const tokens = await Promise.all(["alice@company.com", "bob@company.com"].map((userId) => tokenFor(userId)));
    const { process, release } = demo(
      "rejected",
      "--reject",
      ...["--url", `${server.url}/graphql`, "--token", await tokenFor("ci", { scope: "approvals:request" })],
      ...tokens.flatMap((token) => ["--approver-token", token]),
    );
    const lines = await linesUntil(process, /^deploy/);
    expect(await process.end()).toEqual({ code: 0, stderr: "" });
    expect(lines).toContainEqual("approval  Rejected by bob@company.com.");
    expect(lines.at(-1)).toBe("deploy    skipped");
    await expect(readdir(release)).rejects.toThrow("ENOENT");
    const { rows } = await server.database.pool.query("select context from approval_requests");
    expect(rows).toEqual([
      {
        context: {
          name: expect.stringMatching(/^countersign-.*\.tgz$/),
          size: expect.any(Number),
          digest: expect.stringMatching(/^[0-9a-f]{64}$/),
          files: expect.arrayContaining(["package.json", "README.md"]),
        },
      },
    ]);
  });

  it("waits for people, prints how to decide, and leaves no process when it is interrupted", async () => {
    const { process, release } = demo("interrupted");
    const lines = await linesUntil(process, /curl/);
    expect(lines.join("\n")).toMatch(/\/sign-in#token=/);
    const below = descendants(process.pid);
    expect(below.length).toBeGreaterThan(1);
    // A terminal sends the interrupt to the server as well.
    const server = below.find(({ command }) => command.includes("src/main.ts"));
    globalThis.process.kill(server?.pid as number, "SIGINT");
    expect(await process.end("SIGINT")).toEqual({ code: 130, stderr: "" });
    await expect(linesUntil(process, /has ended/)).rejects.toThrow("the process ended");
    expect(below.filter(({ pid }) => isRunning(pid))).toEqual([]);
    await expect(readdir(release)).rejects.toThrow("ENOENT");
  });

  it("restarts its server and PostgreSQL when they are killed, reports it, and finishes", async () => {
    const { process: running } = demo("killed-parts");
    const lines = await linesUntil(running, /curl/);
    const curls = [...lines, await running.line(), await running.line()].filter((line) => line.includes("curl"));
    expect(curls).toHaveLength(2);
    for (const [name, file] of [
      ["The server", "src/main.ts"],
      ["PostgreSQL", "bin/postgres"],
    ] as const) {
      const { pid } = descendants(running.pid).find(({ command }) => command.includes(file)) ?? {};
      process.kill(pid as number, "SIGKILL");
      await linesUntil(running, new RegExp(`^${name} has ended \\(.*\\)\\. Restarting`));
      await linesUntil(running, new RegExp(`^${name} runs again\\.`));
    }
    for (const curl of curls) {
      const [, url, authorization, body] = /curl -s (\S+) -H '(Authorization: [^']+)'.* -d '(.*)'/.exec(curl) ?? [];
      const decide = async () => {
        const headers = { "Content-Type": "application/json", Authorization: authorization?.slice(15) as string };
        return (await fetch(url as string, { method: "POST", headers, body: body as string })).text();
      };
      await expect.poll(decide, { timeout: 60_000 }).toContain("ApproveRequestPayload");
    }
    expect(await linesUntil(running, /^deploy/)).toContainEqual(expect.stringMatching(/^approval {2}approved by/));
    expect((await running.end()).code).toBe(0);
  });

  it("resumes after it was killed while it waited", async () => {
    const { process: killed, release } = demo("killed");
    const before = await linesUntil(killed, /curl/);
    const below = descendants(killed.pid);
    await killed.end("SIGKILL");
    // The processes that it had started end on their own.
    await expect.poll(() => below.filter(({ pid }) => isRunning(pid)), { timeout: 60_000 }).toEqual([]);
    await expect(readdir(release)).rejects.toThrow("ENOENT");

    const { process } = demo("killed", "--approve");
    const lines = await linesUntil(process, /^deploy/);
    expect(await process.end()).toEqual({ code: 0, stderr: "" });
    expect(lines).toContainEqual(expect.stringMatching(/^Resuming demo-/));
    const about = (all: string[], what: RegExp) => all.filter((line) => what.test(line));
    // The same tarball and the same request.
    expect(about(lines, /^build/)).toEqual(about(before, /^build/));
    expect(about(lines, /waits for/)).toEqual(about(before, /waits for/));
    expect(await readdir(release)).toHaveLength(1);
    expect(await readdir(folder)).not.toContain("killed-data");
  });

  it("names the fault of its arguments in one line", async () => {
    const { process } = demo("wrong", "--approve", "--url", server.url, "--token", "x");
    expect(await process.end()).toEqual({
      code: 1,
      stderr: "demo: --approve and --reject at another server need --approver-token twice\n",
    });
    expect((await demo("help", "--help").process.line()).startsWith("Usage:")).toBe(true);
  });
});
