/** Signs people in at an OpenID Connect provider: authorization code flow with PKCE. */

import { errors, type JWTPayload } from "jose";
import * as client from "openid-client";
import type { Config } from "../../config/config.ts";
import { CLOCK_SKEW_S } from "./auth.ts";
import { claimAt, isFalse, viewerOf } from "./claims.ts";
import { type RemoteKeys, remoteKeys } from "./keys.ts";
import type { SessionClaims } from "./session-tokens.ts";

/** The state of one sign-in between the redirect to the provider and the callback. */
export interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
}

/** The provider did not sign the person in, or sent an unrelated response. People may see the message. */
export class SignInRefusedError extends Error {
  override readonly name = "SignInRefusedError";
}

/** The provider cannot be reached, or its response is not that of a provider. */
export class ProviderUnavailableError extends Error {
  override readonly name = "ProviderUnavailableError";
}

export interface Provider {
  /** The URL of the provider's sign-in page. @throws ProviderUnavailableError */
  begin(redirectUri: string): Promise<{ url: string; attempt: Attempt }>;
  /**
   * @param callback the address that the provider redirected to, with its query
   * @throws SignInRefusedError or ProviderUnavailableError
   */
  finish(callback: URL, attempt: Attempt): Promise<SessionClaims>;
  /** The URL that ends the session at the provider; null if logout is not configured or not supported. */
  endSessionUrl(backTo: string): Promise<string | null>;
}

/** How long the provider's metadata is cached. */
const METADATA_MS = 60 * 60_000;
/** Few providers put this claim into an ID token. It alone is not worth a request to the user info endpoint. */
const RARE_CLAIM = "scope";
const ANSWER_WITHIN_S = 10;
/** A session expires with its ID token, but at the latest after this time. */
const LONGEST_SESSION_S = 12 * 60 * 60;

interface Described {
  configuration: client.Configuration;
  keys: RemoteKeys;
  until: number;
}

export function createProvider(oidc: NonNullable<Config["oidc"]>, names: Config["auth"]): Provider {
  let described: Promise<Described> | undefined;

  async function discover(): Promise<Described> {
    const issuer = new URL(oidc.issuer);
    const configuration = await client.discovery(
      issuer,
      oidc.clientId,
      { [client.clockTolerance]: CLOCK_SKEW_S },
      oidc.clientSecret === null ? client.None() : withSecret(oidc.clientSecret),
      {
        timeout: ANSWER_WITHIN_S,
        // The configuration takes http only on a loopback address.
        execute: issuer.protocol === "http:" ? [client.allowInsecureRequests] : [],
      },
    );
    const { jwks_uri } = configuration.serverMetadata();
    if (jwks_uri === undefined) throw new Error("the provider's metadata has no jwks_uri");
    return { configuration, keys: remoteKeys(jwks_uri), until: performance.now() + METADATA_MS };
  }

  /** Does not cache a failure, so that the next sign-in tries again. */
  async function describe(): Promise<Described> {
    try {
      described ??= discover();
      const cached = await described;
      if (performance.now() < cached.until) return cached;
      described = discover();
      return await described;
    } catch (error) {
      described = undefined;
      throw new ProviderUnavailableError("The identity provider cannot be reached.", { cause: asCause(error) });
    }
  }

  /** The claims of the ID token, and those of the user info endpoint that the ID token lacks. */
  async function claimsOf(
    { configuration, keys }: Described,
    tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>,
  ): Promise<JWTPayload> {
    // openid-client checks the claims, but trusts the connection instead of the signature. This checks the signature.
    const claims = await keys.verify(tokens.id_token as string, {
      issuer: configuration.serverMetadata().issuer,
      audience: oidc.clientId,
      clockTolerance: CLOCK_SKEW_S,
    });
    // openid-client checks this only if there are several audiences.
    if (claims.azp !== undefined && claims.azp !== oidc.clientId) {
      throw new SignInRefusedError("The ID token was issued to another application.");
    }
    const wanted = [
      names.userClaim,
      names.rolesClaim,
      "email",
      ...(names.scopesClaims.includes(RARE_CLAIM) ? [] : names.scopesClaims),
    ];
    const complete = wanted.every((path) => claimAt(claims, path) !== undefined);
    if (complete || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    const userInfo = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub as string);
    // The address is unverified if either of the two reports it as unverified.
    const isUnverified = isFalse(userInfo.email_verified) || isFalse(claims.email_verified);
    return { ...userInfo, ...claims, ...(isUnverified && { email_verified: false }) };
  }

  return {
    async begin(redirectUri) {
      const { configuration } = await describe();
      const attempt = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: oidc.scopes,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: "S256",
      });
      return { url: url.href, attempt };
    },

    async finish(callback, { state, nonce, verifier }) {
      const provider = await describe();
      try {
        const tokens = await client.authorizationCodeGrant(provider.configuration, callback, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        return sessionOf(await claimsOf(provider, tokens), names);
      } catch (error) {
        throw refusalOf(error);
      }
    },

    async endSessionUrl(backTo) {
      if (!oidc.logout) return null;
      const { configuration } = await describe();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      return client.buildEndSessionUrl(configuration, { post_logout_redirect_uri: backTo }).href;
    },
  };
}

/** Sends the secret in the header, the standard's default, unless the provider accepts it only in the body. */
function withSecret(secret: string): client.ClientAuth {
  return (server, metadata, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? [];
    const inBody = methods.includes("client_secret_post") && !methods.includes("client_secret_basic");
    const authenticate = inBody ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
    authenticate(server, metadata, body, headers);
  };
}

/** @throws SignInRefusedError if the claims do not identify the person */
function sessionOf(claims: JWTPayload, names: Config["auth"]): SessionClaims {
  const viewer = viewerOf(claims, names);
  if (typeof viewer === "string") throw new SignInRefusedError(viewer);
  const now = Math.floor(Date.now() / 1000);
  return {
    sub: viewer.userId,
    ...(viewer.email !== null && { email: viewer.email }),
    ...(claimAt(claims, names.rolesClaim) !== undefined && { roles: [...viewer.roles] }),
    ...(viewer.scopes.length > 0 && { scope: viewer.scopes.join(" ") }),
    iat: claims.iat ?? now,
    exp: Math.min(claims.exp ?? now, now + LONGEST_SESSION_S),
  };
}

/** openid-client's codes for a well-formed response that does not belong to this sign-in. */
const UNRELATED_RESPONSE: ReadonlySet<string> = new Set([
  "OAUTH_INVALID_RESPONSE",
  "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
]);

function refusalOf(error: unknown): Error {
  if (error instanceof SignInRefusedError) return error;
  const cause = asCause(error);
  if (error instanceof client.AuthorizationResponseError) {
    return new SignInRefusedError(
      error.error === "access_denied" ? "The provider refused the sign-in." : "The provider reported an error.",
      { cause },
    );
  }
  const ofProvider =
    error instanceof client.ResponseBodyError && error.status < 500 && error.error !== "invalid_client";
  const ofResponse = error instanceof client.ClientError && UNRELATED_RESPONSE.has(error.code ?? "");
  const ofToken = error instanceof errors.JOSEError && error.constructor !== errors.JOSEError;
  if (ofProvider || ofResponse || ofToken) {
    return new SignInRefusedError("The sign-in is not valid or has expired.", { cause });
  }
  return new ProviderUnavailableError("The identity provider sent an unexpected response.", { cause });
}

/** The part of an error that may be logged. openid-client's errors contain codes, tokens and whole responses. */
function asCause(error: unknown): Error {
  const { name, message, code, error: reason } = error as Error & { code?: string; error?: string };
  return new Error([name, code, reason, message].filter((part) => typeof part === "string").join(": "));
}
