import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Data } from "../support/graphql/graphql.ts";
import { type IdentityProvider, startIdentityProvider } from "../support/server/identity-provider.ts";
import { closeOf, SECRET, startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const WHO = { query: "{ viewer { userId email roles scopes } }" };
const INBOX = { query: "subscription { pendingApprovalsUpdated { change } }" };

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const bytes = (text: string) => new TextEncoder().encode(text);

/** The result of each way in for a token: two statuses, and the code that closes the socket, or null if it stays open. */
async function answers(server: TestServer, token: string): Promise<[http: number, sse: number, socket: number | null]> {
  const http = await server.post(WHO, token);
  const leaving = new AbortController();
  const sse = await fetch(`${server.url}/graphql`, {
    method: "POST",
    signal: leaving.signal,
    headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream", "Content-Type": "application/json" },
    body: JSON.stringify(INBOX),
  });
  if (sse.status === 200) leaving.abort();
  const socket = server.socket();
  socket.once("open", () =>
    socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } })),
  );
  const opened = new Promise<null>((resolve) => socket.once("message", () => resolve(null)));
  const code = await Promise.race([opened, closeOf(socket).then((close) => close.code)]);
  socket.terminate();
  return [http.status, sse.status, code];
}

/** Why a token is refused: the message of the HTTP response, and the reason of the closed socket. */
async function refusals(server: TestServer, token: string): Promise<[http: string, socket: string]> {
  const { errors } = (await (await server.post(WHO, token)).json()) as Data;
  const socket = server.socket();
  socket.once("open", () =>
    socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } })),
  );
  return [errors[0].message, (await closeOf(socket)).reason];
}

const ACCEPTED = [200, 200, null];
const REFUSED = [401, 401, 4403];

describe("with an identity provider,", () => {
  let provider: IdentityProvider;
  let server: TestServer;
  beforeAll(async () => {
    provider = await startIdentityProvider();
    server = await startServer({
      AUTH_JWT_SECRET: "",
      AUTH_JWKS_URL: provider.jwksUrl,
      AUTH_ISSUER: provider.issuer,
      AUTH_AUDIENCE: provider.audience,
    });
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  const publicKey = async (): Promise<JWK & { kid: string }> =>
    ((await (await fetch(provider.jwksUrl)).json()) as Data).keys[0];
  const claims = (more: object = {}) => ({
    sub: "ann",
    iss: provider.issuer,
    aud: provider.audience,
    exp: inSeconds(600),
    ...more,
  });

  test("the access token of a service is accepted on every surface", async () => {
    const token = await provider.apiToken();
    expect(await answers(server, token)).toEqual(ACCEPTED);
    const { data } = (await (await server.post(WHO, token)).json()) as Data;
    expect(data.viewer).toEqual({
      userId: "orchestrator",
      email: null,
      roles: ["services"],
      scopes: ["approvals:request"],
    });
  });

  test("tokens for another audience are refused", async () => {
    expect(await answers(server, await provider.apiToken({ audience: "another-api" }))).toEqual(REFUSED);
  });

  describe("a token is refused on every surface", () => {
    const cases: [string, () => Promise<string>][] = [
      [
        "that is not signed",
        async () => {
          const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
          return `${part({ alg: "none" })}.${part(claims())}.`;
        },
      ],
      [
        "signed with another key under a known name",
        async () => {
          const { privateKey } = await generateKeyPair("RS256");
          return new SignJWT(claims())
            .setProtectedHeader({ alg: "RS256", kid: (await publicKey()).kid })
            .sign(privateKey);
        },
      ],
      [
        "signed with another key under a name of its own",
        async () => {
          const { privateKey } = await generateKeyPair("RS256");
          return new SignJWT(claims()).setProtectedHeader({ alg: "RS256", kid: "unknown" }).sign(privateKey);
        },
      ],
      [
        "that brings its own key",
        async () => {
          const { privateKey, publicKey: jwk } = await generateKeyPair("ES256", { extractable: true });
          const header = { alg: "ES256", jwk: await exportJWK(jwk) };
          return new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);
        },
      ],
      [
        "signed with the public key as an HS256 secret, as PEM",
        async () => {
          const key = (await importJWK(await publicKey(), "RS256", { extractable: true })) as CryptoKey;
          return new SignJWT(claims()).setProtectedHeader({ alg: "HS256" }).sign(bytes(await exportSPKI(key)));
        },
      ],
      [
        "signed with the public key as an HS256 secret, as it is published",
        async () => {
          const key = await publicKey();
          return new SignJWT(claims())
            .setProtectedHeader({ alg: "HS256", kid: key.kid })
            .sign(bytes(JSON.stringify(key)));
        },
      ],
      ["signed with the secret of another server", () => tokenFor("ann", { claims: claims() })],
      ["of another issuer", () => provider.signed(claims({ iss: "https://other.example" }))],
      ["of no issuer", () => provider.signed(claims({ iss: undefined }))],
      ["for another audience", () => provider.signed(claims({ aud: ["other"] }))],
      ["for no audience", () => provider.signed(claims({ aud: undefined }))],
      ["that is not yet valid", () => provider.signed(claims({ nbf: inSeconds(600) }))],
      ["that has expired", () => provider.signed(claims({ exp: inSeconds(-1) }))],
      ["that never expires", () => provider.signed(claims({ exp: undefined }))],
      ["that names nobody", () => provider.signed(claims({ sub: undefined }))],
      [
        "that was issued to another application, and for this one too",
        () => provider.signed(claims({ aud: ["other", provider.audience], azp: "other" })),
      ],
      ["whose authorized party is not a text", () => provider.signed(claims({ azp: ["other"] }))],
    ];
    test.each(cases)("%s", async (_what, make) => {
      expect(await answers(server, await make())).toEqual(REFUSED);
    });
  });

  test("a refused token gets the same reason over HTTP and WebSocket, which never shows an expected value", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const forged = new SignJWT(claims()).setProtectedHeader({ alg: "RS256", kid: (await publicKey()).kid });
    const cases: [Promise<string>, string][] = [
      [provider.signed(claims({ exp: 1_700_000_000 })), "The token expired at 2023-11-14T22:13:20Z."],
      [
        forged.sign(privateKey),
        "The token is not valid: its signature is wrong; it was signed with another key, or was changed.",
      ],
      [
        provider.signed(claims({ aud: undefined })),
        'The token is not valid: it has no "aud", which must be the server\'s AUTH_AUDIENCE.',
      ],
      [
        provider.signed(claims({ aud: "other" })),
        'The token is not valid: its "aud" is not the server\'s AUTH_AUDIENCE.',
      ],
      [
        provider.signed(claims({ iss: undefined })),
        'The token is not valid: it has no "iss", which must be the server\'s AUTH_ISSUER.',
      ],
      [provider.signed(claims({ exp: undefined })), 'The token is not valid: it has no "exp".'],
      [
        provider.signed(claims({ nbf: inSeconds(600) })),
        'The token is not valid: it becomes valid later (its "nbf" is in the future).',
      ],
      [tokenFor("ann", { claims: claims() }), "The token is not valid: its algorithm is not accepted."],
      [
        provider.signed(claims({ sub: undefined })),
        "The token's claim \"sub\" must be the user's id, a non-empty string.",
      ],
    ];
    for (const [token, reason] of cases) expect(await refusals(server, await token)).toEqual([reason, reason]);
  });

  test("a token of the same kind is accepted if nothing is wrong with it", async () => {
    expect(await answers(server, await provider.signed(claims()))).toEqual(ACCEPTED);
  });

  test("an access token for this API is accepted, whichever client obtained it", async () => {
    const tokens = [{ azp: provider.audience }, { azp: "web" }, { aud: [provider.audience, "userinfo"], azp: "web" }];
    for (const more of tokens) expect(await answers(server, await provider.signed(claims(more)))).toEqual(ACCEPTED);
  });

  test.each([
    ...["ann\nX-Role: admin", "ann\r\n", "\nann", "a\u2028nn", "a\u2029nn", "a\u0085nn", "a\u000bnn", "a\tnn"],
    ...[
      "<b>ann</b>",
      "<script>alert(1)</script>",
      "ann <ann@example.org>",
      "ann>",
      " ann",
      "ann ",
      "\u200bann",
      "\u200b",
    ],
  ])("a token whose subject is %j identifies nobody and is refused", async (sub) => {
    expect(await answers(server, await provider.signed(claims({ sub })))).toEqual(REFUSED);
  });

  test.each([
    ...["auth0|5f7c8ec7c33c6c004bbafe82", "google-oauth2|1037", "00u1a2b3", "urn:x:ann", "Ann Example", "Åsa", "안나"],
    ...["uid=ann,ou=people,dc=example,dc=org", "spiffe://example.org/ci#1", "repo:org/app:ref:refs/heads/main"],
  ])("a token whose subject is %j identifies that user", async (sub) => {
    const { data } = (await (await server.post(WHO, await provider.signed(claims({ sub })))).json()) as Data;
    expect(data.viewer.userId).toBe(sub);
  });

  test("an address with a line break or markup in a token is ignored", async () => {
    for (const email of ["ann@example.org\nBcc: eve@example.org", "<ann@example.org>", "ann@example.org,eve@x.org"]) {
      const { data } = (await (await server.post(WHO, await provider.signed(claims({ email })))).json()) as Data;
      expect(data.viewer.email).toBe(null);
    }
  });

  test("a new key is accepted at once, also just after the keys were fetched, and invented keys cause few fetches", async () => {
    const before = await provider.apiToken();
    expect((await server.post(WHO, before)).status).toBe(200);
    await provider.rotateKeys();
    expect(await answers(server, await provider.apiToken())).toEqual(ACCEPTED);
    await provider.rotateKeys();
    const after = await provider.apiToken();
    const fetches = provider.keyFetches();
    const { privateKey } = await generateKeyPair("RS256");
    const madeUp = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        new SignJWT(claims()).setProtectedHeader({ alg: "RS256", kid: `made-up-${index}` }).sign(privateKey),
      ),
    );
    const statuses = await Promise.all([after, ...madeUp].map(async (token) => (await server.post(WHO, token)).status));
    expect(statuses).toEqual([200, ...madeUp.map(() => 401)]);
    // At most one fetch per second, however many requests there are.
    expect(provider.keyFetches() - fetches).toBeLessThan(10);
  });
});

describe("with the secret of Supabase,", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ AUTH_AUDIENCE: "", AUTH_ROLES_CLAIM: "app_metadata.roles" });
  });
  afterAll(() => server.stop());

  /** The claims of a user's token as Supabase Auth issues it. */
  const userClaims = {
    iss: "https://project.supabase.co/auth/v1",
    sub: "0f5e4a7c-9d0b-4a54-8c39-0a3d7f3f2d11",
    aud: "authenticated",
    email: "ann@example.org",
    phone: "",
    app_metadata: { provider: "email", providers: ["email"], roles: ["release-managers"] },
    user_metadata: { roles: ["admin"] },
    role: "authenticated",
    aal: "aal1",
    amr: [{ method: "password", timestamp: inSeconds(0) }],
    session_id: "8a3c5d5e-0000-4000-8000-000000000000",
    is_anonymous: false,
  };
  const sign = (claims: object, secret = SECRET) =>
    new SignJWT({ iat: inSeconds(0), exp: inSeconds(3_600), ...claims })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .sign(bytes(secret));

  test("a user's token is accepted, with the roles that the project set and none that the user set", async () => {
    const token = await sign(userClaims);
    expect(await answers(server, token)).toEqual(ACCEPTED);
    expect(((await (await server.post(WHO, token)).json()) as Data).data.viewer).toEqual({
      userId: userClaims.sub,
      email: "ann@example.org",
      roles: ["release-managers"],
      scopes: [],
    });
  });

  test.each(["anon", "service_role"])("the project's %s key, which identifies nobody, is refused", async (role) => {
    const key = await sign({ iss: "supabase", ref: "project", role, exp: inSeconds(10 * 365 * 86_400) });
    expect(await answers(server, key)).toEqual(REFUSED);
  });

  test("another project's token is refused, and with AUTH_AUDIENCE also one that is not for its users", async () => {
    expect(await answers(server, await sign(userClaims, "another-project-secret-of-32-bytes"))).toEqual(REFUSED);
    const strict = await startServer({ AUTH_AUDIENCE: "authenticated", AUTH_ISSUER: userClaims.iss });
    try {
      expect(await answers(strict, await sign(userClaims))).toEqual(ACCEPTED);
      expect(await answers(strict, await sign({ ...userClaims, aud: "anon" }))).toEqual(REFUSED);
      expect(await answers(strict, await sign({ ...userClaims, iss: "supabase" }))).toEqual(REFUSED);
    } finally {
      await strict.stop();
    }
  });
});
