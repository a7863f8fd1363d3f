/** An address that a token calls unverified identifies nobody: neither as the user's id nor as the user's address. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Data } from "../support/graphql/graphql.ts";
import { CookieJar } from "../support/server/cookie-jar.ts";
import { startIdentityProvider } from "../support/server/identity-provider.ts";
import { closeOf, startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { signIn } from "../support/server/sign-in.ts";

const WHO = { query: "{ viewer { userId email } }" };
const UNVERIFIED = [false, "false", "False", "0", 0];
const VERIFIED = [true, "true", null, undefined];

let byEmail: TestServer;
let bySub: TestServer;
beforeAll(async () => {
  [byEmail, bySub] = await Promise.all([startServer({ AUTH_USER_CLAIM: "email" }), startServer()]);
});
afterAll(() => Promise.all([byEmail.stop(), bySub.stop()]));

const tokenOf = (email: string, email_verified: unknown, sub = "account-7") =>
  tokenFor(sub, { claims: { email, email_verified } });
const knownEmail = async (server: TestServer, id: string) =>
  (await server.database.pool.query("select email, email_key from people where id = $1", [id])).rows;

describe("if the user's id is the email address,", () => {
  test.each(UNVERIFIED)("a token with email_verified %j is refused on every surface", async (verified) => {
    const token = await tokenOf("ceo@company.com", verified);
    const refused = await byEmail.post(WHO, token);
    expect(refused.status).toBe(401);
    expect(await refused.text()).toMatch(/not verified/);
    const rest = await fetch(`${byEmail.url}/api/viewer`, { headers: { Authorization: `Bearer ${token}` } });
    expect([rest.status, ((await rest.json()) as Data).detail]).toEqual([401, expect.stringMatching(/not verified/)]);

    const session = await fetch(`${byEmail.url}/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: byEmail.url },
      body: JSON.stringify({ token }),
    });
    expect(session.status).toBe(401);
    const withCookie = await byEmail.post(WHO, null, { Cookie: `countersign_session=${token}`, Origin: byEmail.url });
    expect(withCookie.status).toBe(401);

    const socket = byEmail.socket();
    socket.once("open", () =>
      socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } })),
    );
    expect((await closeOf(socket)).code).toBe(4403);
    expect(await knownEmail(byEmail, "ceo@company.com")).toEqual([]);
  });

  test.each(VERIFIED)("a token with email_verified %j is accepted", async (verified) => {
    const response = await byEmail.post(WHO, await tokenOf("ann@company.com", verified));
    expect(await response.json()).toEqual({
      data: { viewer: { userId: "ann@company.com", email: "ann@company.com" } },
    });
  });

  test("a nested claim has its own email_verified beside it", async () => {
    const server = await startServer({ AUTH_USER_CLAIM: "account.email" });
    try {
      const token = (email_verified: unknown) =>
        tokenFor("account-7", { claims: { account: { email: "dan@company.com", email_verified } } });
      expect((await server.post(WHO, await token("false"))).status).toBe(401);
      expect((await server.post(WHO, await token(true))).status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  test("another claim with the unverified address is refused as well", async () => {
    const server = await startServer({ AUTH_USER_CLAIM: "preferred_username" });
    try {
      const token = (preferred_username: string) =>
        tokenFor("account-7", { claims: { preferred_username, email: "ceo@company.com", email_verified: false } });
      expect((await server.post(WHO, await token("CEO@company.com"))).status).toBe(401);
      expect((await server.post(WHO, await token("dan"))).status).toBe(200);
      const alone = (preferred_username: string) =>
        tokenFor("account-7", { claims: { preferred_username, email_verified: "false" } });
      expect((await server.post(WHO, await alone("ceo@company.com"))).status).toBe(401);
      expect((await server.post(WHO, await alone("dan"))).status).toBe(200);
    } finally {
      await server.stop();
    }
  });
});

describe("if the user's id is another claim than the email address,", () => {
  test.each(UNVERIFIED)("an address with email_verified %j does not belong to the person", async (verified) => {
    const id = `account-${JSON.stringify(verified)}`;
    const response = await bySub.post(WHO, await tokenOf("ceo@company.com", verified, id));
    expect(await response.json()).toEqual({ data: { viewer: { userId: id, email: null } } });
    expect(await knownEmail(bySub, id)).toEqual([{ email: null, email_key: null }]);
  });

  test("an unverified address does not connect two people", async () => {
    const bot = await tokenFor("bot", { scope: "approvals:request" });
    const id = await bySub.ask(bot, { requestedBy: "mallory", notifyUsers: ["eve@company.com"] });
    // Mallory claims Eve's address, which would exclude Eve.
    await bySub.post(WHO, await tokenOf("eve@company.com", false, "mallory"));
    const { approvalRequest } = await bySub.data(
      await tokenFor("eve@company.com"),
      "query ($id: ID!) { approvalRequest(id: $id) { canApprove } }",
      { id },
    );
    expect(approvalRequest.canApprove).toBe(true);
  });

  test("the address that is already in the directory stays", async () => {
    await bySub.post(WHO, await tokenOf("fay@company.com", true, "fay"));
    await bySub.post(WHO, await tokenOf("ceo@company.com", false, "fay"));
    expect(await knownEmail(bySub, "fay")).toEqual([{ email: "fay@company.com", email_key: "fay@company.com" }]);
  });

  test("an id that is an address is the user's address, whatever other address the token has", async () => {
    const response = await bySub.post(WHO, await tokenOf("ceo@company.com", false, "gil@company.com"));
    expect(await response.json()).toEqual({
      data: { viewer: { userId: "gil@company.com", email: "gil@company.com" } },
    });
  });
});

describe.each([
  ["in the ID token", true],
  ["at the user info endpoint", false],
])("a provider that reports an address as unverified %s", (_where, inIdToken) => {
  test("signs nobody in by that address, and gives it to nobody", async () => {
    const provider = await startIdentityProvider({ inIdToken });
    const oidc = {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.client.id,
      OIDC_CLIENT_SECRET: provider.client.secret,
    };
    const account = { email: "ceo@company.com", email_verified: false, roles: [] };
    for (const claim of ["email", "sub"]) {
      const server = await startServer({ ...oidc, AUTH_USER_CLAIM: claim });
      try {
        provider.register(server.publicUrl);
        provider.accounts.set("mallory", account);
        const jar = new CookieJar();
        const done = await signIn(jar, server.url, "mallory");
        expect(done.status).toBe(claim === "email" ? 400 : 303);
        const headers = { "Sec-Fetch-Site": "same-origin" };
        const { viewer } = (await (await jar.fetch(`${server.url}/session`, { headers })).json()) as Data;
        if (claim === "email") expect(viewer).toBeNull();
        else expect(viewer).toMatchObject({ userId: "mallory", email: null });
      } finally {
        await server.stop();
      }
    }
    await provider.stop();
  });
});
