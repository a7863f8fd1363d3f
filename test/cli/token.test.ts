/** Tests `countersign token` and `countersign url`, and the messages about missing and refused tokens. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { readArguments } from "../../src/cli/arguments.ts";
import { tokenCommand } from "../../src/cli/create-token.ts";
import { runCommand } from "../support/cli/process.ts";
import { SECRET, startServer, type TestServer, type TokenOptions, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer({ AUTH_AUDIENCE: "countersign", AUTH_ISSUER: "https://tokens.company.com" });
  folder = mkdtempSync(join(tmpdir(), "countersign-token-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const AUTH = {
  AUTH_JWT_SECRET: SECRET,
  AUTH_AUDIENCE: "countersign",
  AUTH_ISSUER: "https://tokens.company.com",
};
/** Runs a command in an empty folder, which has no development server. */
const run = (args: string[], env: Record<string, string> = AUTH) => runCommand(args, { env, cwd: folder });
const viewerOf = async (token: string) => (await server.data(token, "{ viewer { userId email roles scopes } }")).viewer;

describe("countersign token", () => {
  it("prints only a token, which the server accepts as that user with the given scopes, roles and address", async () => {
    const { code, stdout, stderr } = await run([
      ...["token", "ci", "--scope", "approvals:request", "--scope", "approvals:read", "--role", "ops"],
      ...["--email", "ci@company.com", "--expires", "30m"],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await viewerOf(stdout.trim())).toEqual({
      userId: "ci",
      email: "ci@company.com",
      roles: ["ops"],
      scopes: ["approvals:request", "approvals:read"],
    });
    const { iat = 0, exp = 0, ...claims } = decodeJwt(stdout);
    expect(exp - iat).toBe(1_800);
    expect(claims).toMatchObject({ aud: "countersign", iss: "https://tokens.company.com" });
  });

  it("lasts an hour by default and states no roles, so that the known roles of the user stay", async () => {
    const { stdout } = await run(["token", "bob@company.com"]);
    const claims = decodeJwt(stdout);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3_600);
    expect(claims).not.toHaveProperty("roles");
    expect(await viewerOf(stdout.trim())).toMatchObject({ userId: "bob@company.com", email: "bob@company.com" });
  });

  it("puts the claims where the server reads them, and warns of a short secret and a long time", async () => {
    const paths = { AUTH_USER_CLAIM: "email", AUTH_ROLES_CLAIM: "app_metadata.roles", AUTH_SCOPES_CLAIM: "scp roles" };
    const { stdout, stderr } = await run(
      ["token", "bob@company.com", "--role", "ops", "--scope", "approvals:admin", "--expires", "90d"],
      { ...paths, AUTH_JWT_SECRET: "short" },
    );
    const { iat, exp, ...claims } = decodeJwt(stdout);
    expect(claims).toEqual({ email: "bob@company.com", app_metadata: { roles: ["ops"] }, scp: "approvals:admin" });
    expect(stderr.split("\n")).toEqual([
      "countersign: warning: AUTH_JWT_SECRET is shorter than 32 bytes and may be guessed; use a random one",
      "countersign: warning: the token is valid for 90d; anyone who has it can use it until then",
      "",
    ]);
  });

  it("states no roles and no scopes where both have the same claim", async () => {
    const { code, stdout } = await run(["token", "bob"], { ...AUTH, AUTH_ROLES_CLAIM: "scope" });
    expect(code).toBe(0);
    expect(decodeJwt(stdout)).not.toHaveProperty("scope");
  });

  it("uses the secret that a development server stored in DATA_DIR, and never creates one", async () => {
    mkdirSync(join(folder, "data"));
    const none = await run(["token", "bob"], { DATA_DIR: "data" });
    expect(none).toMatchObject({ code: 4, stdout: "" });
    expect(none.stderr).toMatch(/^countersign: AUTH_JWT_SECRET is not set, and .*data has no secret of a development/);
    writeFileSync(join(folder, "data/jwt-secret"), SECRET);
    expect(await run(["token", "bob"], { DATA_DIR: "data" })).toMatchObject({ code: 0, stderr: "" });
  });

  it.each<[string, string[], Record<string, string>, string]>([
    [
      "an unknown scope",
      ["bob", "--scope", "approvals:reed"],
      AUTH,
      '--scope is "approvals:reed"; it may be approvals:request, approvals:read or approvals:admin; did you mean ' +
        "approvals:read?",
    ],
    ["a user that no token may name", ["bob "], AUTH, 'USER is "bob ". The token\'s claim "sub" cannot be'],
    [
      "a list of addresses as the email address",
      ["bob", "--email", "a@b.c,d@e.f"],
      AUTH,
      '--email is "a@b.c,d@e.f"; it may be the email',
    ],
    ["an expiry below a second", ["bob", "--expires", "10ms"], AUTH, '--expires is "10ms"; it may be at least 1s'],
    [
      "claims that would overwrite each other",
      ["bob", "--role", "ops", "--scope", "approvals:read"],
      { ...AUTH, AUTH_ROLES_CLAIM: "scope" },
      "the server would read another user, roles or scopes from this token; check AUTH_USER_CLAIM",
    ],
    [
      "scopes that the server would also read as roles, and would store instead of the known roles of the user",
      ["bob", "--scope", "approvals:read"],
      { ...AUTH, AUTH_ROLES_CLAIM: "scope" },
      "the server would read another user, roles or scopes from this token; check AUTH_USER_CLAIM",
    ],
    [
      "a scope that AUTH_SCOPES_MAP turns into more",
      ["bob", "--scope", "approvals:read"],
      { ...AUTH, AUTH_SCOPES_MAP: '{"approvals:read":["approvals:read","approvals:admin"]}' },
      "the server would read another user, roles or scopes from this token; check AUTH_USER_CLAIM",
    ],
    [
      "to create a token without the secret of the server, and names the provider that issues tokens",
      ["bob"],
      { AUTH_JWKS_URL: "https://id.company.com/jwks", NODE_ENV: "production" },
      "AUTH_JWT_SECRET is not set; it must be the secret of the server. The provider of AUTH_JWKS_URL issues the tokens",
    ],
  ])("refuses %s", async (_what, args, env, message) => {
    for (const [name, value] of Object.entries({ DATA_DIR: join(folder, "empty"), ...env })) vi.stubEnv(name, value);
    const printed = vi.spyOn(console, "log");
    const create = async () => {
      const { values, operand } = readArguments(tokenCommand, args);
      return tokenCommand.run(values, operand);
    };
    const { message: given } = await create().then(
      () => new Error("created"),
      (error: Error) => error,
    );
    expect(given.startsWith(message), given).toBe(true);
    expect(given).not.toContain(SECRET);
    expect(printed).not.toHaveBeenCalled();
  });
});

describe("a command whose token is refused", () => {
  const list = (token: string) =>
    runCommand(["list"], { env: { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: token }, cwd: folder });
  const next = "Set COUNTERSIGN_TOKEN to another token; countersign token creates one with the secret of the server";
  const accepted = { aud: AUTH.AUTH_AUDIENCE, iss: AUTH.AUTH_ISSUER };

  it.each<[string, TokenOptions, string]>([
    [
      "was signed with another secret",
      { claims: accepted, secret: `${SECRET}x` },
      "The token is not valid: its signature is wrong; it was signed with another key, or was changed",
    ],
    [
      "has no audience",
      { claims: { ...accepted, aud: undefined } },
      'The token is not valid: it has no "aud", which must be the server\'s AUTH_AUDIENCE',
    ],
    [
      "has another issuer",
      { claims: { ...accepted, iss: "x" } },
      'The token is not valid: its "iss" is not the server\'s AUTH_ISSUER',
    ],
  ])("prints the reason and the next step: the token %s", async (_what, options, reason) => {
    const stderr = `countersign: ${server.url}: The server refused the token: ${reason}. ${next}\n`;
    expect(await list(await tokenFor("bob", options))).toEqual({ code: 4, stdout: "", stderr });
  });

  it("prints the time at which the token expired", async () => {
    const token = await tokenFor("bob", { claims: accepted, expiresIn: -60 });
    const { stderr } = await list(token);
    const at = new Date((decodeJwt(token).exp ?? 0) * 1_000).toISOString().replace(".000Z", "Z");
    expect(stderr).toBe(
      `countersign: ${server.url}: The server refused the token: The token expired at ${at}. ${next}\n`,
    );
  });
});

it("countersign url says that no embedded PostgreSQL runs in DATA_DIR, also if a killed one left its files", async () => {
  const message = (dir: string) =>
    `countersign: no embedded PostgreSQL runs in ${join(folder, dir)}; start the server first, or set DATA_DIR to its folder`;
  expect(await run(["url"], { DATA_DIR: "none" })).toEqual({ code: 4, stdout: "", stderr: `${message("none")}\n` });
  mkdirSync(join(folder, "killed/postgres"), { recursive: true });
  writeFileSync(join(folder, "killed/postgres/countersign.password"), "secret");
  writeFileSync(join(folder, "killed/postgres/postmaster.pid"), "1\n\n\n1\n");
  const { code, stderr } = await run(["url"], { DATA_DIR: "killed", DATABASE_URL: "postgres://127.0.0.1/x" });
  expect(code).toBe(4);
  expect(stderr).toBe(`${message("killed")}. DATABASE_URL is set, so servers with this environment use none\n`);
});
