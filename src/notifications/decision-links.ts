/**
 * Signs and verifies the links in emails by which one person decides one request without signing in. The token names
 * the person and the request, not the decision. The policy is checked when the person decides, as everywhere else.
 */

import { hkdfSync } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Config } from "../config/config.ts";
import { isShortSecret, shortSecretWarning } from "../config/secret-length.ts";
import { loadOrCreateSecret } from "../db/embedded/data-dir.ts";
import type { Logger } from "../log.ts";
import type { ApprovalRequest } from "../model/approvals.ts";

/** Distinguishes a link's token from every other HS256 token, as do its key and its audience. */
export const LINK_TYPE = "countersign-decision+jwt";
const AUDIENCE = "countersign:decide";

/** A request expires by the database's clock. The token expires by this process's clock, which may be ahead. */
const CLOCK_SKEW_S = 60;

/** The result of a verification. An expired token has a valid signature and names its request, but grants nothing. */
export type DecisionLink =
  | { state: "valid"; userId: string; requestId: string }
  | { state: "expired"; requestId: string }
  | { state: "invalid" };

export interface LinkFor {
  userId: string;
  request: Pick<ApprovalRequest, "id" | "expiresAt" | "timeoutMs" | "timeoutAction" | "escalationLevel">;
}

export interface DecisionLinks {
  /** A token for this person and this request; the same as long as the request does not change. */
  sign(link: LinkFor): Promise<string>;
  verify(token: string): Promise<DecisionLink>;
}

/** @param publicUrl without a trailing slash */
export const decideLink = (publicUrl: string, token: string): string => `${publicUrl}/decide?token=${token}`;

/**
 * The key is derived from LINK_SECRET; otherwise from AUTH_JWT_SECRET, whose owners can already sign in as anyone;
 * otherwise from the identity provider's client secret, which every process has; otherwise from a secret that is stored
 * in the data directory.
 * @throws DataDirError if email is configured and there is no secret, nor can one be stored
 */
export function createDecisionLinks(
  config: Pick<Config, "auth" | "dataDir" | "development" | "linkSecret" | "mail" | "oidc">,
  log: Pick<Logger, "warn">,
): DecisionLinks {
  let derived: Uint8Array | undefined;
  const key = () =>
    (derived ??= new Uint8Array(hkdfSync("sha256", secretOf(config, log), "countersign", "decide", 32)));
  // Without email there are no links, so no secret is stored.
  if (config.mail.smtpUrl !== null) key();

  return {
    sign: ({ userId, request }) =>
      new SignJWT({ request: request.id })
        .setProtectedHeader({ alg: "HS256", typ: LINK_TYPE })
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setExpirationTime(Math.ceil(lastInstantOf(request) / 1000))
        .sign(key()),
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key(), {
          algorithms: ["HS256"],
          typ: LINK_TYPE,
          audience: AUDIENCE,
          requiredClaims: ["exp", "sub", "request"],
          clockTolerance: CLOCK_SKEW_S,
        });
        return { state: "valid", userId: payload.sub as string, requestId: payload.request as string };
      } catch (error) {
        // The library checks the signature and the audience before the expiry.
        if (error instanceof errors.JWTExpired) return { state: "expired", requestId: error.payload.request as string };
        if (error instanceof errors.JOSEError) return { state: "invalid" };
        throw error;
      }
    },
  };
}

/** The latest expiry of the request, in ms since 1970, unless somebody extends it. */
function lastInstantOf({ expiresAt, timeoutMs, timeoutAction, escalationLevel }: LinkFor["request"]): number {
  const again = timeoutAction === "ESCALATE" && escalationLevel === 0 ? timeoutMs : 0;
  return expiresAt.getTime() + again;
}

function secretOf(config: Parameters<typeof createDecisionLinks>[0], log: Pick<Logger, "warn">): string {
  const { linkSecret, auth, oidc } = config;
  if (linkSecret !== null && isShortSecret(linkSecret)) log.warn(shortSecretWarning("LINK_SECRET"));
  const shared = linkSecret ?? auth.jwtSecret ?? oidc?.clientSecret ?? null;
  if (shared !== null) return shared;
  // A trial on one machine has one DATA_DIR.
  if (!config.development) {
    log.warn("LINK_SECRET is not set: links in emails work only with processes that share this DATA_DIR");
  }
  return loadOrCreateSecret(config.dataDir, "link-secret");
}
