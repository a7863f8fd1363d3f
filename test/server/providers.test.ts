/**
 * Tokens in the form in which six identity providers send them, with the settings of docs/providers.md: the lines of
 * the page are read by a shell, and the keys come from a JWKS server of our own.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { createAuthenticator, secretOf } from "../../src/server/auth/auth.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { SECRET, startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const PAGE = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");
const log = pino({ level: "silent" });

let keyServer: Server;
let key: CryptoKey;
let AUTH_JWKS_URL: string;
beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  key = privateKey;
  const keys = [{ ...(await exportJWK(publicKey)), kid: "of-the-tests", alg: "RS256", use: "sig" }];
  keyServer = createServer((_req, res) => {
    res.setHeader("Content-Type", "application/json").end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => keyServer.listen(0, "127.0.0.1", resolve));
  AUTH_JWKS_URL = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`;
});
afterAll(() => {
  keyServer.closeAllConnections();
  keyServer.close();
});

/** The variables of a provider's section, as a shell reads them. */
function settingsOf(provider: string): Record<string, string> {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${provider}\n`));
  const block = /^```sh\n([\s\S]*?)^```$/m.exec(section ?? "")?.[1];
  if (block === undefined) throw new Error(`docs/providers.md has no settings for ${provider}`);
  const names = [...block.matchAll(/^(\w+)=/gm)].map(([, name]) => name as string);
  const script = `${block}\nfor name in ${names.join(" ")}; do eval "printf '%s\\\\0' \\"\\$$name\\""; done`;
  const values = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0");
  return Object.fromEntries(names.map((name, at) => [name, values[at] as string]));
}

const nowS = () => Math.floor(Date.now() / 1000);

async function signed(claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ iat: nowS(), exp: nowS() + 3_600, ...claims })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "of-the-tests", ...header })
    .sign(key);
}

const authenticatorOf = (env: Record<string, string>) => {
  const config = loadConfig({ NODE_ENV: "production", ...env, AUTH_JWKS_URL });
  return createAuthenticator(config, secretOf(config), null, log);
};

interface Case {
  provider: string;
  what: string;
  claims: JWTPayload;
  header?: Record<string, unknown>;
  viewer: { userId: string; email: string | null; roles: string[]; scopes: string[] };
}

const OID = "0b6a2f3e-9d1c-4c55-8a0e-6f2d0d1f7a11";
const CASES: Case[] = [
  {
    provider: "Microsoft Entra ID",
    what: "a person's access token, with delegated permissions and an app role",
    claims: {
      aio: "AWQAm/8",
      azp: "3f1c",
      azpacr: "0",
      name: "Ann Smith",
      oid: OID,
      rh: "0.AXoA",
      ver: "2.0",
      preferred_username: "ann@company.com",
      sub: "pairwise-subject",
      tid: "TENANT_ID",
      uti: "x",
      nbf: nowS(),
      scp: "Approvals.Read User.Read Approvals.Request",
      roles: ["release-managers"],
    },
    viewer: {
      userId: OID,
      email: null,
      roles: ["release-managers"],
      scopes: ["approvals:read", "User.Read", "approvals:request", "release-managers"],
    },
  },
  {
    provider: "Microsoft Entra ID",
    what: "a service's access token, which has app roles and no scp",
    claims: {
      azp: "3f1c",
      azpacr: "1",
      idtyp: "app",
      oid: "service-oid",
      sub: "service-oid",
      tid: "TENANT_ID",
      ver: "2.0",
      nbf: nowS(),
      roles: ["Approvals.Request", "Approvals.Admin"],
    },
    viewer: {
      userId: "service-oid",
      email: null,
      roles: ["Approvals.Request", "Approvals.Admin"],
      scopes: ["approvals:request", "approvals:admin"],
    },
  },
  {
    provider: "Okta",
    what: "an access token, whose scp is a list",
    claims: {
      ver: 1,
      jti: "AT.x",
      cid: "0oa1",
      uid: "00u1",
      sub: "ann@company.com",
      auth_time: nowS(),
      scp: ["openid", "approvals:read", "approvals:admin"],
      groups: ["Everyone", "Release managers"],
    },
    viewer: {
      userId: "ann@company.com",
      email: "ann@company.com",
      roles: ["Everyone", "Release managers"],
      scopes: ["openid", "approvals:read", "approvals:admin"],
    },
  },
  {
    provider: "Auth0",
    what: "an access token with permissions, namespaced claims and two audiences",
    claims: {
      sub: "auth0|64f1",
      azp: "auth0ClientId",
      scope: "openid profile email approvals:admin",
      aud: ["https://approvals.company.com/api", "https://company.eu.auth0.com/userinfo"],
      permissions: ["approvals:read", "approvals:request"],
      "https://approvals.company.com/email": "ann@company.com",
      "https://approvals.company.com/email_verified": true,
      "https://approvals.company.com/roles": ["release-managers"],
    },
    viewer: {
      userId: "ann@company.com",
      email: "ann@company.com",
      roles: ["release-managers"],
      // The requested `scope` is not the granted one.
      scopes: ["approvals:read", "approvals:request"],
    },
  },
  {
    provider: "Keycloak",
    what: "an access token with client roles below an id with dots",
    claims: {
      jti: "onrtac:1",
      sub: "f1c7",
      typ: "Bearer",
      azp: "approvals.company.com",
      sid: "s",
      acr: "1",
      aud: ["approvals.company.com", "account"],
      scope: "openid profile email",
      "allowed-origins": ["https://approvals.company.com"],
      realm_access: { roles: ["offline_access", "uma_authorization"] },
      resource_access: {
        "approvals.company.com": { roles: ["release-managers", "approvals-admin"] },
        account: { roles: ["manage-account"] },
      },
      email: "ann@company.com",
      email_verified: true,
      preferred_username: "ann",
      given_name: "Ann",
    },
    viewer: {
      userId: "ann",
      email: "ann@company.com",
      roles: ["release-managers", "approvals-admin"],
      scopes: ["openid", "profile", "email", "release-managers", "approvals:admin"],
    },
  },
  {
    provider: "Supabase",
    what: "an access token with roles and scopes in app_metadata",
    claims: {
      sub: "8f4e",
      email: "ann@company.com",
      phone: "",
      role: "authenticated",
      aal: "aal1",
      session_id: "s",
      amr: [{ method: "password", timestamp: nowS() }],
      is_anonymous: false,
      app_metadata: {
        provider: "email",
        providers: ["email"],
        roles: ["release-managers"],
        scopes: ["approvals:read"],
      },
      user_metadata: { email_verified: true, roles: ["root"], scopes: ["approvals:admin"] },
    },
    viewer: {
      userId: "ann@company.com",
      email: "ann@company.com",
      roles: ["release-managers"],
      scopes: ["approvals:read"],
    },
  },
  {
    provider: "Google",
    what: "an ID token, which has neither roles nor scopes",
    claims: {
      azp: "1234567890-countersign.apps.googleusercontent.com",
      sub: "110169484474386276334",
      hd: "company.com",
      email: "ann@company.com",
      email_verified: true,
      at_hash: "x",
      name: "Ann Smith",
      locale: "en",
    },
    viewer: { userId: "ann@company.com", email: "ann@company.com", roles: [], scopes: [] },
  },
];

describe.each(CASES)("with the settings for $provider, $what", ({ provider, claims, header, viewer }) => {
  const settings = settingsOf(provider);
  const claimsOf = (more: JWTPayload = {}) => ({
    iss: settings.AUTH_ISSUER as string,
    aud: settings.AUTH_AUDIENCE as string,
    ...claims,
    ...more,
  });

  test("identifies its person, with that person's roles and scopes", async () => {
    const identity = await authenticatorOf(settings).verify(await signed(claimsOf(), header));
    expect(identity.viewer).toEqual(viewer);
    expect(identity.statesRoles).toBe(viewer.roles.length > 0);
  });

  test("is refused for another audience, from another issuer, and after its expiry", async () => {
    for (const more of [{ aud: "another" }, { iss: "https://elsewhere.example" }, { exp: nowS() - 1 }]) {
      await expect(authenticatorOf(settings).verify(await signed(claimsOf(more), header))).rejects.toThrow(/token/);
    }
  });
});

test("an unverified address in Auth0's namespace identifies nobody", async () => {
  const settings = settingsOf("Auth0");
  const claims = {
    iss: settings.AUTH_ISSUER as string,
    aud: settings.AUTH_AUDIENCE as string,
    sub: "auth0|64f1",
    "https://approvals.company.com/email": "ann@company.com",
    "https://approvals.company.com/email_verified": false,
  };
  await expect(authenticatorOf(settings).verify(await signed(claims))).rejects.toThrow(/not verified/);
});

test("Supabase's tokens of a project with the legacy secret need no key server", async () => {
  const { AUTH_JWKS_URL: _, ...settings } = settingsOf("Supabase");
  const config = loadConfig({ ...settings, AUTH_JWT_SECRET: SECRET });
  const claims = {
    aud: settings.AUTH_AUDIENCE,
    iss: settings.AUTH_ISSUER,
    email: "ann@company.com",
    app_metadata: { roles: ["release-managers"], scopes: ["approvals:read"] },
  };
  const { viewer } = await createAuthenticator(config, secretOf(config), null, log).verify(
    await tokenFor("8f4e", { claims }),
  );
  expect(viewer).toMatchObject({ userId: "ann@company.com", roles: ["release-managers"], scopes: ["approvals:read"] });
});

describe("the scopes of a token", () => {
  const scopesOf = async (env: Record<string, string>, claims: JWTPayload) =>
    (await authenticatorOf(env).verify(await signed({ sub: "ann", ...claims }))).viewer.scopes;

  test.each<[string, Record<string, string>, JWTPayload, string[]]>([
    [
      "are the words of a text",
      {},
      { scope: "approvals:read  approvals:admin" },
      ["approvals:read", "approvals:admin"],
    ],
    ["are the items of a list", {}, { scope: ["approvals:read"] }, ["approvals:read"]],
    ["are nothing in another form", {}, { scope: { "approvals:admin": true } }, []],
    ["are nothing where an item is not a text", {}, { scope: [["approvals:admin"], 1, null] }, []],
    ["follow a dotted path", { AUTH_SCOPES_CLAIM: "a.b" }, { a: { b: "approvals:read" } }, ["approvals:read"]],
    [
      "are found below a name with a dot",
      { AUTH_SCOPES_CLAIM: "a\\.b.c" },
      { "a.b": { c: "approvals:read" } },
      ["approvals:read"],
    ],
    ["are not taken from the claim that is not named", { AUTH_SCOPES_CLAIM: "scp" }, { scope: "approvals:admin" }, []],
    ["are not found along inherited properties", { AUTH_SCOPES_CLAIM: "a.constructor.name" }, { a: {} }, []],
    [
      "get our names by the map, one or several for one",
      { AUTH_SCOPES_MAP: '{"manage":["approvals:admin","approvals:read"],"ask":"approvals:request"}' },
      { scope: "manage ask" },
      ["approvals:admin", "approvals:read", "approvals:request"],
    ],
    [
      "are counted once",
      { AUTH_SCOPES_MAP: '{"a":"approvals:read"}' },
      { scope: "a approvals:read a" },
      ["approvals:read"],
    ],
    ["can be taken away by the map", { AUTH_SCOPES_MAP: '{"approvals:admin":[]}' }, { scope: "approvals:admin" }, []],
    [
      "are not found in the map by the names that every object has",
      { AUTH_SCOPES_MAP: '{"a":"approvals:admin"}' },
      { scope: "constructor toString __proto__" },
      ["constructor", "toString", "__proto__"],
    ],
  ])("%s", async (_what, env, claims, expected) => {
    expect(await scopesOf(env, claims)).toEqual(expected);
  });
});

test("roles and the user are read from claims with dots in their names", async () => {
  const env = { AUTH_USER_CLAIM: "ids\\.company.login", AUTH_ROLES_CLAIM: "resource_access.my\\.client.roles" };
  const claims = {
    "ids.company": { login: "ann" },
    resource_access: { "my.client": { roles: ["lead"] }, my: { client: { roles: ["root"] } } },
  };
  const { viewer } = await authenticatorOf(env).verify(await signed(claims));
  expect(viewer).toMatchObject({ userId: "ann", roles: ["lead"] });
});

test("a token is accepted up to a minute before its nbf, and never after its exp", async () => {
  const { verify } = authenticatorOf({});
  expect((await verify(await signed({ sub: "ann", nbf: nowS() + 50 }))).viewer.userId).toBe("ann");
  await expect(verify(await signed({ sub: "ann", nbf: nowS() + 90 }))).rejects.toThrow(/nbf/);
  await expect(verify(await signed({ sub: "ann", exp: nowS() - 5 }))).rejects.toThrow(
    /^The token expired at 20[\d-]+T[\d:]+Z\.$/,
  );
  await expect(verify(await signed({ sub: "ann", nbf: "soon" as never }))).rejects.toThrow(/nbf/);
});

describe("a server with the settings for Entra ID", () => {
  let server: TestServer;
  const settings = settingsOf("Microsoft Entra ID");
  beforeAll(async () => {
    server = await startServer({ ...settings, AUTH_JWKS_URL, AUTH_JWT_SECRET: "" });
  });
  afterAll(() => server.stop());
  const token = (roles: string[]) =>
    signed({ iss: settings.AUTH_ISSUER as string, aud: settings.AUTH_AUDIENCE as string, oid: OID, roles });

  test("grants the rights of an app role over GraphQL, REST and WebSocket, and none for other names", async () => {
    const admin = await token(["Approvals.Admin"]);
    const query = "{ viewer { userId scopes } }";
    expect(await server.data(admin, query)).toEqual({ viewer: { userId: OID, scopes: ["approvals:admin"] } });
    const { value } = await server.connect(admin).iterate({ query }).next();
    expect((value as Data).data.viewer.scopes).toEqual(["approvals:admin"]);

    const input = { workflowId: "w", jobId: "j", title: "Deploy?", notifyUsers: ["bob"], requestedBy: "cleo" };
    const create = async (bearer: string, executionId: string) =>
      fetch(`${server.url}/api/approvals`, {
        method: "POST",
        headers: { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json" },
        body: JSON.stringify({ ...input, executionId }),
      });
    expect((await create(admin, "1")).status).toBe(201);
    expect((await create(await token(["Approvals.Owner"]), "2")).status).toBe(403);
  });
});
