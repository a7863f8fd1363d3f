/** The OpenID Connect provider: authorization code flow with PKCE, and what it says about a person. */

import { errors, type JWTPayload } from "jose";
import * as client from "openid-client";
import type { Config } from "../../config/config.ts";
import { CLOCK_SKEW_S } from "./auth.ts";
import { claimAt, isFalse, viewerOf } from "./claims.ts";
import { type RemoteKeys, remoteKeys } from "./keys.ts";
import type { SessionClaims } from "./session-tokens.ts";

/** What one sign-in has to remember between leaving for the provider and coming back. */
export interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
}

/** The provider did not sign this person in, or its answer is not one to ours; the message may be shown. */
export class SignInRefusedError extends Error {
  override readonly name = "SignInRefusedError";
}

/** The provider cannot be reached, or does not answer as one. */
export class ProviderUnavailableError extends Error {
  override readonly name = "ProviderUnavailableError";
}

export interface Provider {
  /** Where to send the person. @throws ProviderUnavailableError */
  begin(redirectUri: string): Promise<{ url: string; attempt: Attempt }>;
  /**
   * @param callback the address that the provider sent the person back to, query included
   * @throws SignInRefusedError or ProviderUnavailableError
   */
  finish(callback: URL, attempt: Attempt): Promise<SessionClaims>;
  /** Where to end the session at the provider; null where it is not to be ended, or cannot be. */
  endSessionUrl(backTo: string): Promise<string | null>;
}

/** The provider's description of itself is read again after this long. */
const DESCRIBED_FOR_MS = 60 * 60_000;
/** The claim that few providers put into an ID token; it alone is not worth another question. */
const USUAL = "scope";
const ANSWER_WITHIN_S = 10;
/** A session ends with its ID token, and after this long at the latest. */
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
    if (jwks_uri === undefined) throw new Error("the provider names no jwks_uri");
    return { configuration, keys: remoteKeys(jwks_uri), until: performance.now() + DESCRIBED_FOR_MS };
  }

  /** A failure is not kept, so that the next person tries again. */
  async function describe(): Promise<Described> {
    try {
      described ??= discover();
      const kept = await described;
      if (performance.now() < kept.until) return kept;
      described = discover();
      return await described;
    } catch (error) {
      described = undefined;
      throw new ProviderUnavailableError("The identity provider cannot be reached.", { cause: asCause(error) });
    }
  }

  /** What the ID token leaves out may be told by the user info endpoint; whatever both say is the ID token's to say. */
  async function claimsOf(
    { configuration, keys }: Described,
    tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>,
  ): Promise<JWTPayload> {
    // openid-client has checked the claims, and trusts the connection for the rest; the signature is checked as well.
    const claims = await keys.verify(tokens.id_token as string, {
      issuer: configuration.serverMetadata().issuer,
      audience: oidc.clientId,
      clockTolerance: CLOCK_SKEW_S,
    });
    // openid-client checks this only where there are several audiences.
    if (claims.azp !== undefined && claims.azp !== oidc.clientId) {
      throw new SignInRefusedError("It was issued to another application.");
    }
    const wanted = [
      names.userClaim,
      names.rolesClaim,
      "email",
      ...(names.scopesClaims.includes(USUAL) ? [] : names.scopesClaims),
    ];
    const complete = wanted.every((path) => claimAt(claims, path) !== undefined);
    if (complete || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    const told = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub as string);
    // Whichever of the two calls the address unverified is believed.
    const isUnverified = isFalse(told.email_verified) || isFalse(claims.email_verified);
    return { ...told, ...claims, ...(isUnverified && { email_verified: false }) };
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

/** In the header, which is the standard's default, unless the provider only takes it in the body. */
function withSecret(secret: string): client.ClientAuth {
  return (server, metadata, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? [];
    const inBody = methods.includes("client_secret_post") && !methods.includes("client_secret_basic");
    const authenticate = inBody ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
    authenticate(server, metadata, body, headers);
  };
}

/** @throws SignInRefusedError where the provider does not say who it is */
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

/** openid-client's codes for an answer that is well-formed and not the one to what was asked. */
const NOT_OUR_ANSWER: ReadonlySet<string> = new Set([
  "OAUTH_INVALID_RESPONSE",
  "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
]);

function refusalOf(error: unknown): Error {
  if (error instanceof SignInRefusedError) return error;
  const cause = asCause(error);
  if (error instanceof client.AuthorizationResponseError) {
    return new SignInRefusedError(
      error.error === "access_denied" ? "It was refused." : "The provider reported an error.",
      { cause },
    );
  }
  const ofProvider =
    error instanceof client.ResponseBodyError && error.status < 500 && error.error !== "invalid_client";
  const ofAnswer = error instanceof client.ClientError && NOT_OUR_ANSWER.has(error.code ?? "");
  const ofToken = error instanceof errors.JOSEError && error.constructor !== errors.JOSEError;
  if (ofProvider || ofAnswer || ofToken) {
    return new SignInRefusedError("The sign-in is not valid, or has expired.", { cause });
  }
  return new ProviderUnavailableError("The identity provider did not answer as expected.", { cause });
}

/** What may be logged: openid-client's errors carry codes, tokens and whole answers. */
function asCause(error: unknown): Error {
  const { name, message, code, error: reason } = error as Error & { code?: string; error?: string };
  return new Error([name, code, reason, message].filter((part) => typeof part === "string").join(": "));
}
