/** Sample people for development, with tokens that are ready to use. */

import type { Config } from "../../config/config.ts";
import { claimsFor, signClaims } from "./sign-token.ts";

export interface SignIn {
  userId: string;
  /** A short description of the person's rights. */
  can: string;
  /** Starts a session in the browser. */
  url: string;
}

export interface DevelopmentAccess {
  signIns: SignIn[];
  /** For an orchestrator: may create requests on behalf of others. */
  token: string;
}

const SAMPLES = [
  {
    userId: "alice@company.com",
    roles: ["release-managers"],
    scopes: [],
    can: "can create requests, and decide for release-managers",
  },
  { userId: "bob@company.com", roles: [], scopes: [], can: "can create requests, and decide requests that name them" },
  {
    userId: "admin@company.com",
    roles: [],
    scopes: ["approvals:admin", "approvals:read"],
    can: "can see and manage everything",
  },
] as const;

const ORCHESTRATOR = { userId: "orchestrator@company.com", roles: [], scopes: ["approvals:request"] } as const;
const LASTS_SECONDS = 30 * 24 * 3_600;

/**
 * @param url the base of the links
 * @param secret the server's HS256 secret
 */
export async function developmentAccess(config: Config, url: string, secret: string): Promise<DevelopmentAccess> {
  const tokens = await Promise.all(
    [...SAMPLES, ORCHESTRATOR].map((sample) =>
      signClaims(secret, claimsFor(config, { ...sample, seconds: LASTS_SECONDS })),
    ),
  );
  return {
    signIns: SAMPLES.map(({ userId, can }, index) => ({ userId, can, url: `${url}/sign-in#token=${tokens[index]}` })),
    token: tokens.at(-1) as string,
  };
}
