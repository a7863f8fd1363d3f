/** The tokens of decision links: their person, their expiry, and the refusal of all other tokens. */

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Config, loadConfig } from "../../src/config/config.ts";
import { createDecisionLinks, decideLink, LINK_TYPE } from "../../src/notifications/decision-links.ts";
import { createAuthenticator } from "../../src/server/auth/auth.ts";
import { createSessionTokens } from "../../src/server/auth/session-tokens.ts";
import { freshRequest } from "../support/notifications/mail-deliveries.ts";
import { SECRET, tokenFor } from "../support/server/server.ts";

const silent = pino({ level: "silent" });
const OIDC = {
  OIDC_ISSUER: "https://id.example.org",
  OIDC_CLIENT_ID: "countersign",
  OIDC_CLIENT_SECRET: "c".repeat(32),
};
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "countersign-links-"));
});
afterAll(() => rm(dataDir, { recursive: true }));

const configOf = (env: Record<string, string>): Config => loadConfig({ DATA_DIR: dataDir, ...env });
const linksOf = (env: Record<string, string>) => createDecisionLinks(configOf(env), silent);
const links = createDecisionLinks(loadConfig({ AUTH_JWT_SECRET: SECRET }), silent);
const request = freshRequest();
const signed = () => links.sign({ userId: "bob", request });

describe("a link in an email to decide", () => {
  test("is for one person and one request, until the request expires", async () => {
    const token = await signed();
    expect(await links.verify(token)).toEqual({ state: "valid", userId: "bob", requestId: request.id });
    expect(decodeJwt(token).exp).toBe(Math.ceil(request.expiresAt.getTime() / 1000));
    expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", typ: LINK_TYPE });
    expect(decideLink("https://approvals.example.com", token)).toMatch(
      /^https:\/\/approvals\.example\.com\/decide\?token=[\w.-]+$/,
    );
  });

  test("is the same in every attempt", async () => {
    expect(await signed()).toBe(await signed());
  });

  test("expires with its request, including the extension by an escalation at the timeout", async () => {
    const lastOf = async (more: Parameters<typeof freshRequest>[0]) =>
      (decodeJwt(await links.sign({ userId: "bob", request: freshRequest({ expiresAt, timeoutMs: 60_000, ...more }) }))
        .exp ?? 0) -
      expiresAt.getTime() / 1000;
    const expiresAt = new Date(2_000_000_000_000);
    expect(await lastOf({ timeoutAction: "REJECT" })).toBe(0);
    expect(await lastOf({ timeoutAction: "ESCALATE" })).toBe(60);
    expect(await lastOf({ timeoutAction: "ESCALATE", escalationLevel: 1, status: "ESCALATED" })).toBe(0);
  });

  test("that has expired is distinguished from an invalid one, and names only its request", async () => {
    const over = freshRequest({ expiresAt: new Date(Date.now() - 3_600_000) });
    const token = await links.sign({ userId: "bob", request: over });
    expect(await links.verify(token)).toEqual({ state: "expired", requestId: over.id });
    expect(await links.verify(`${token.slice(0, -2)}AA`)).toEqual({ state: "invalid" });
  });
});

describe("a token that is not a link is refused:", () => {
  const key = new TextEncoder().encode(SECRET);
  const claims = { request: request.id };
  const forged = (make: (jwt: SignJWT) => SignJWT, header: Record<string, string> = {}) =>
    make(new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: LINK_TYPE, ...header }))
      .setExpirationTime("1h")
      .sign(key);
  const unsigned = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

  test.each<[string, () => string | Promise<string>]>([
    ["nothing at all", () => ""],
    ["nonsense", () => "a.b.c"],
    ["an API token of the same person", () => tokenFor("bob", { claims })],
    [
      "an API token that is written like one",
      () => forged((jwt) => jwt.setSubject("bob").setAudience("countersign:decide")),
    ],
    ["one of another secret", () => linksOf({ LINK_SECRET: "x".repeat(32) }).sign({ userId: "bob", request })],
    [
      "one without a signature",
      () =>
        `${unsigned({ alg: "none", typ: LINK_TYPE })}.${unsigned({ sub: "bob", aud: "countersign:decide", exp: 4e9, ...claims })}.`,
    ],
    [
      "one whose person was changed",
      async () => {
        const [header, payload, signature] = (await signed()).split(".") as [string, string, string];
        const changed = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
        return `${header}.${unsigned({ ...changed, sub: "mallory" })}.${signature}`;
      },
    ],
  ])("%s", async (_what, make) => {
    expect(await links.verify(await make())).toEqual({ state: "invalid" });
  });

  test("a session's token with the same secret", async () => {
    const config = configOf({ AUTH_JWT_SECRET: SECRET, ...OIDC });
    const iat = Math.floor(Date.now() / 1000);
    const session = await createSessionTokens(config, silent)?.sign({ sub: "bob", iat, exp: iat + 3_600 });
    expect(await createDecisionLinks(config, silent).verify(session as string)).toEqual({ state: "invalid" });
  });
});

test("a link in an email is not an API token or a session, with any secret", async () => {
  const settings: Record<string, string>[] = [
    { AUTH_JWT_SECRET: SECRET },
    { AUTH_JWT_SECRET: SECRET, LINK_SECRET: SECRET },
    OIDC,
  ];
  for (const env of settings) {
    const config = configOf(env);
    const token = await createDecisionLinks(config, silent).sign({ userId: "bob", request });
    const sessions = createSessionTokens(config, silent);
    const authenticator = createAuthenticator(config, config.auth.jwtSecret, sessions, silent);
    await expect(authenticator.verify(token)).rejects.toThrow("The token is not valid");
    await expect(sessions?.verify(token) ?? Promise.reject(new Error())).rejects.toThrow();
  }
});

describe("the secret of the links in emails", () => {
  const taken = async (env: Record<string, string>, by: Record<string, string>) =>
    (await linksOf(by).verify(await linksOf(env).sign({ userId: "bob", request }))).state;

  test("is LINK_SECRET, otherwise that of tokens, otherwise the provider's", async () => {
    const LINK_SECRET = "l".repeat(32);
    const AUTH_JWT_SECRET = "a".repeat(32);
    expect(await taken({ LINK_SECRET, AUTH_JWT_SECRET, ...OIDC }, { LINK_SECRET })).toBe("valid");
    expect(await taken({ AUTH_JWT_SECRET, ...OIDC }, { AUTH_JWT_SECRET })).toBe("valid");
    expect(await taken(OIDC, { ...OIDC, OIDC_ISSUER: "https://elsewhere.example.org" })).toBe("valid");
    expect(await taken({ AUTH_JWT_SECRET }, OIDC)).toBe("invalid");
  });

  test("is stored in the data directory if there is no other, for all processes that share the directory", async () => {
    const env = { SMTP_URL: "smtp://127.0.0.1", DATA_DIR: join(dataDir, "shared") };
    expect(await taken(env, env)).toBe("valid");
    expect(await taken(env, { ...env, DATA_DIR: join(dataDir, "another") })).toBe("invalid");
  });

  test("is not created if email is not configured", () => {
    const folder = join(dataDir, "unused");
    linksOf({ DATA_DIR: folder });
    expect(existsSync(folder)).toBe(false);
  });

  test("causes a warning if other processes cannot share it, or if it may be guessed", () => {
    const warned: string[] = [];
    const warn = (text: string) => void warned.push(text);
    const make = (env: Record<string, string>) =>
      createDecisionLinks(configOf({ SMTP_URL: "smtp://127.0.0.1", ...env }), { warn } as never);
    make({ AUTH_JWKS_URL: "https://id.example.org/keys" });
    make({ LINK_SECRET: "short" });
    make({});
    make({ LINK_SECRET: "l".repeat(32) });
    expect(warned).toEqual([
      "LINK_SECRET is not set: links in emails work only with processes that share this DATA_DIR",
      "LINK_SECRET is shorter than 32 bytes and may be guessed; use a random one",
    ]);
  });
});
