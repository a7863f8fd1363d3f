/**
 * The links in e-mails by which one person decides one request without signing in. The token says who and what, never
 * what to decide; whether they may is asked when they do, of the policy like everywhere else.
 */

import { hkdfSync } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Config } from "../config/config.ts";
import { loadOrCreateSecret } from "../db/embedded/data-dir.ts";
import type { Logger } from "../log.ts";
import type { ApprovalRequest } from "../model/approvals.ts";

/** Keeps a link's token apart from every other HS256 token; so do its key and its audience. */
export const LINK_TYPE = "countersign-decision+jwt";
const AUDIENCE = "countersign:decide";

const SHORTEST_SECRET_BYTES = 32;
/** The database's clock ends a request; this process's only ends the token, and may be a little ahead. */
const CLOCK_SKEW_S = 60;

/** What a token turned out to be. An expired one was ours and names its request, but opens nothing. */
export type DecisionLink =
  | { state: "valid"; userId: string; requestId: string }
  | { state: "expired"; requestId: string }
  | { state: "invalid" };

export interface LinkFor {
  userId: string;
  request: Pick<ApprovalRequest, "id" | "expiresAt" | "timeoutMs" | "timeoutAction" | "escalationLevel">;
}

export interface DecisionLinks {
  /** A token for this person and this request; the same for the same request as it stands. */
  sign(link: LinkFor): Promise<string>;
  verify(token: string): Promise<DecisionLink>;
}

/** @param publicUrl without a trailing slash */
export const decideLink = (publicUrl: string, token: string): string => `${publicUrl}/decide?token=${token}`;

/**
 * The key comes from LINK_SECRET, else from AUTH_JWT_SECRET, whose holders can sign in as anyone already, else from the
 * provider's client secret, which every process of ours has; else from one kept in the data directory.
 * @throws DataDirError where e-mail is configured and no secret can be had or kept
 */
export function createDecisionLinks(
  config: Pick<Config, "auth" | "dataDir" | "development" | "linkSecret" | "mail" | "oidc">,
  log: Pick<Logger, "warn">,
): DecisionLinks {
  let derived: Uint8Array | undefined;
  const key = () =>
    (derived ??= new Uint8Array(hkdfSync("sha256", secretOf(config, log), "countersign", "decide", 32)));
  // Without e-mail nobody needs a link, so nothing is kept for it.
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
        // The signature and the purpose were looked at before the time.
        if (error instanceof errors.JWTExpired) return { state: "expired", requestId: error.payload.request as string };
        if (error instanceof errors.JOSEError) return { state: "invalid" };
        throw error;
      }
    },
  };
}

/** When the request ends at the latest, in ms since 1970, unless somebody extends it. */
function lastInstantOf({ expiresAt, timeoutMs, timeoutAction, escalationLevel }: LinkFor["request"]): number {
  const again = timeoutAction === "ESCALATE" && escalationLevel === 0 ? timeoutMs : 0;
  return expiresAt.getTime() + again;
}

function secretOf(config: Parameters<typeof createDecisionLinks>[0], log: Pick<Logger, "warn">): string {
  const { linkSecret, auth, oidc } = config;
  if (linkSecret !== null && Buffer.byteLength(linkSecret) < SHORTEST_SECRET_BYTES) {
    log.warn(`LINK_SECRET is shorter than ${SHORTEST_SECRET_BYTES} bytes and may be guessed; use a random one`);
  }
  const shared = linkSecret ?? auth.jwtSecret ?? oidc?.clientSecret ?? null;
  if (shared !== null) return shared;
  // Whoever tries it out on one machine has one DATA_DIR.
  if (!config.development) {
    log.warn("LINK_SECRET is not set: links in e-mails open only at processes that share this DATA_DIR");
  }
  return loadOrCreateSecret(config.dataDir, "link-secret");
}
