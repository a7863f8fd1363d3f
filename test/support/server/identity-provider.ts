/** A real OpenID Connect provider on a loopback address, with people who sign in with any password. */

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { Provider } from "oidc-provider";

/** The provider's data of a person; `sub` is the name to sign in with. */
export type Account = Record<string, unknown>;

export interface IdentityProvider {
  issuer: string;
  jwksUrl: string;
  client: { id: string; secret: string };
  /** The audience of API tokens. */
  audience: string;
  /** By the name to sign in with; others are unknown. */
  accounts: Map<string, Account>;
  /** To be called before anyone signs in: the client's addresses. */
  register(publicUrl: string): void;
  /** An access token of a service, for our API; a JWT. */
  apiToken(parameters?: { audience?: string }): Promise<string>;
  /** A token with these claims, signed as the provider signs. */
  signed(claims: JWTPayload): Promise<string>;
  /** Signs with a new key from now on; the old one is removed. */
  rotateKeys(): Promise<void>;
  /** Whether it answers; otherwise its connections are cut. */
  setAvailable(available: boolean): void;
  /** The number of requests for its keys. */
  keyFetches(): number;
  stop(): Promise<void>;
}

export interface IdentityProviderOptions {
  /** Whether the ID token has all claims, or leaves them to the user info endpoint. Default: true. */
  inIdToken?: boolean;
  /** Of ID tokens, in seconds. */
  idTokenTtl?: number;
  /** Public clients have none. */
  publicClient?: boolean;
}

const AUDIENCE = "countersign-api";
const RESOURCE = "urn:countersign";

export async function startIdentityProvider(options: IdentityProviderOptions = {}): Promise<IdentityProvider> {
  const { inIdToken = true, idTokenTtl = 3_600, publicClient = false } = options;
  const client = { id: "countersign", secret: "a-secret-of-the-client-that-nobody-guesses" };
  const accounts = new Map<string, Account>();
  let handle: RequestListener = (_req, res) => res.writeHead(503).end();
  let available = true;
  let fetches = 0;
  let audience = AUDIENCE;
  let publicUrl = "http://127.0.0.1:1";
  let keyNumber = 0;
  let key: JWK;

  const server = createServer((req, res) => {
    if (!available) return void req.socket.destroy();
    if (req.url === "/jwks") fetches += 1;
    handle(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const provide = () => {
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: client.id,
          ...(publicClient ? { token_endpoint_auth_method: "none" } : { client_secret: client.secret }),
          redirect_uris: [`${publicUrl}/auth/callback`],
          post_logout_redirect_uris: [`${publicUrl}/`],
        },
        {
          client_id: "orchestrator",
          client_secret: client.secret,
          grant_types: ["client_credentials"],
          redirect_uris: [],
          response_types: [],
        },
      ],
      jwks: { keys: [key] },
      cookies: { keys: ["cookies-of-the-provider"] },
      conformIdTokenClaims: !inIdToken,
      claims: {
        openid: ["sub"],
        email: ["email", "email_verified"],
        profile: ["name", "roles", "scope", "app", "azp"],
      },
      ttl: {
        IdToken: idTokenTtl,
        AccessToken: 3_600,
        ClientCredentials: 3_600,
        Interaction: 600,
        Session: 3_600,
        Grant: 3_600,
      },
      features: {
        devInteractions: { enabled: true },
        clientCredentials: { enabled: true },
        rpInitiatedLogout: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => undefined,
          getResourceServerInfo: () => ({
            scope: "approvals:request",
            audience,
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "RS256" } },
          }),
        },
      },
      extraTokenClaims: () => ({ roles: ["services"] }),
      findAccount: (_context: unknown, id: string) =>
        accounts.has(id) ? { accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) } : undefined,
    });
    handle = provider.callback();
  };

  const rotateKeys = async () => {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    key = { ...(await exportJWK(privateKey)), kid: `key-${++keyNumber}`, alg: "RS256", use: "sig" };
    provide();
  };
  await rotateKeys();

  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    client,
    audience: AUDIENCE,
    accounts,
    register(url) {
      publicUrl = url;
      provide();
    },
    async apiToken({ audience: wanted = AUDIENCE } = {}) {
      audience = wanted;
      const response = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { Authorization: `Basic ${Buffer.from(`orchestrator:${client.secret}`).toString("base64")}` },
        body: new URLSearchParams({
          grant_type: "client_credentials",
          resource: RESOURCE,
          scope: "approvals:request",
        }),
      });
      return ((await response.json()) as { access_token: string }).access_token;
    },
    signed: async (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: key.kid }).sign(await importJWK(key, "RS256")),
    rotateKeys,
    setAvailable(value) {
      available = value;
    },
    keyFetches: () => fetches,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
