/**
 * Tests that waits of the command `countersign` survive a killed API, and use a token that was replaced in the
 * meantime.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runCommand, startCommand } from "../support/cli/process.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { type ApiProcess, startApi } from "../support/server/api-process.ts";
import { tokenFor } from "../support/server/server.ts";

const ASK = ["request", "--title", "Deploy?", "--notify", "bob", "--wait"];
const alice = await tokenFor("alice");

// Each test starts the API twice, and commands. The time-out is a limit for a busy machine, not an expectation.
describe("while the API is killed and restarted", { timeout: 180_000 }, () => {
  let database: TestDatabase;
  let api: ApiProcess;
  beforeAll(async () => {
    database = await createTestDatabase();
    api = await startApi({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await api.end("SIGTERM");
    await database.drop();
  });

  const as = (token: string) => ({ env: { COUNTERSIGN_URL: api.url, COUNTERSIGN_TOKEN: token } });

  /** Waits with a token that is in a file. */
  async function waitingWithFile() {
    const file = join(mkdtempSync(join(tmpdir(), "countersign-token-")), "token");
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    writeFileSync(file, alice);
    const command = startCommand(ASK, as(`@${file}`));
    await command.stderrShows("Waiting for a decision");
    return { file, command };
  }

  it("a wait continues and reports the interruption once", async () => {
    const { port } = new URL(api.url);
    const [bob, cleo] = await Promise.all([tokenFor("bob"), tokenFor("cleo")]);
    const command = startCommand([...ASK, "--notify", "cleo", "--min-approvers", "2"], as(alice));
    await command.stderrShows("Waiting for a decision");
    const [request] = JSON.parse((await runCommand(["list", "--json"], as(bob))).stdout);
    expect(await runCommand(["approve", request.id], as(bob))).toMatchObject({ code: 0 });
    await command.stderrShows("bob approved");
    await api.end("SIGKILL");
    await command.stderrShows("Connection lost");
    api = await startApi({ databaseUrl: database.url, port: Number(port) });
    await command.stderrShows("Reconnected.");
    await runCommand(["approve", request.id], as(cleo));
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Approved by cleo.\n" });
    expect(stderr.match(/Connection lost/g)).toHaveLength(1);
    expect(stderr).toContain(`requests/${request.id}`);
  });

  it("a wait ends once its token is rejected, and prints how to wait again without printing the token", async () => {
    const { file, command } = await waitingWithFile();
    const { port } = new URL(api.url);
    await api.end("SIGKILL");
    const refused = await tokenFor("alice", { secret: "another".repeat(8) });
    writeFileSync(file, refused);
    api = await startApi({ databaseUrl: database.url, port: Number(port) });
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(/refused the token.*wait for it again with: countersign wait [\w-]+\n$/);
    expect(stderr).not.toContain(refused);
  });

  it("a wait continues with the token that its file contains by then", async () => {
    const { file, command } = await waitingWithFile();
    const { port } = new URL(api.url);
    await api.end("SIGKILL");
    // From now on the earlier tokens are invalid.
    const secret = "another".repeat(8);
    writeFileSync(file, await tokenFor("alice", { secret }));
    api = await startApi({ databaseUrl: database.url, port: Number(port), env: { AUTH_JWT_SECRET: secret } });
    const bob = as(await tokenFor("bob", { secret }));
    for (const { id } of JSON.parse((await runCommand(["list", "--json"], bob)).stdout)) {
      expect(await runCommand(["approve", id, "--quiet"], bob)).toMatchObject({ code: 0 });
    }
    expect(await command.ended).toMatchObject({ code: 0, stdout: "Approved by bob.\n" });
  });
});
