/** The environment variables of tokens, sign-in and the directory of people. */

import { CLAIM_PATH_FORM, isClaimPath } from "../claim-paths.ts";
import { ConfigError, maskUrl } from "../environment.ts";
import { isLoopback } from "../loopback.ts";
import { readScopesMap, SCOPES_MAP_FORM, type ScopesMap } from "../scopes-map.ts";
import { flag, parserOf, path, secret, text, variable, webUrl } from "./kinds.ts";

const NO_SCOPES_MAP: ScopesMap = new Map();

function parseClaim(raw: string, name: string): string {
  if (!isClaimPath(raw)) throw new ConfigError(name, raw, CLAIM_PATH_FORM);
  return raw;
}

function parseClaims(raw: string, name: string): readonly string[] {
  const paths = raw.split(/\s+/);
  const wrong = paths.find((claim) => !isClaimPath(claim));
  if (wrong !== undefined) throw new ConfigError(name, wrong, `${CLAIM_PATH_FORM}, or several separated by spaces`);
  return paths;
}

function parseIssuer(raw: string, name: string): string {
  const parsed = URL.parse(raw);
  const isSafe = parsed?.protocol === "https:" || (parsed?.protocol === "http:" && isLoopback(parsed.hostname));
  if (parsed === null || !isSafe || parsed.username !== "" || parsed.search !== "" || parsed.hash !== "") {
    const form = "an https:// URL (http:// on a loopback address) without user, query or fragment";
    throw new ConfigError(name, maskUrl(raw), form);
  }
  return raw;
}

function parseScopes(raw: string, name: string): string {
  const scopes = raw.split(/\s+/);
  const joined = scopes.join(" ");
  if (!scopes.includes("openid")) throw new ConfigError(name, joined, "scopes separated by spaces, including openid");
  return joined;
}

export const SIGN_IN_VARIABLES = {
  AUTH_JWT_SECRET: secret({
    about:
      "The HS256 secret that signs and verifies tokens. In production, and if `HOST` is not a loopback address, it needs " +
      "at least 32 bytes; so do `LINK_SECRET` and an `OIDC_CLIENT_SECRET` that signs sessions.",
    defaultInWords: "development: generated at the first start, stored in `DATA_DIR`",
    example: "$(openssl rand -base64 32)",
  }),
  AUTH_JWKS_URL: webUrl({
    about: "The asymmetric keys of an identity provider, whose tokens are then accepted.",
    example: "https://id.example.com/.well-known/jwks.json",
  }),
  AUTH_ISSUER: text({
    about: "The `iss` that a token must have.",
    example: "https://id.example.com",
  }),
  AUTH_AUDIENCE: text({
    about:
      "The `aud` that a token must have. Without it, tokens of the same issuer for other applications are accepted.",
    example: "countersign",
  }),
  AUTH_USER_CLAIM: variable("claim", parseClaim, {
    about: "The claim with the user's id: a dotted path, in which a dot in a name is written `\\.`.",
    default: "sub",
    example: "email",
  }),
  AUTH_ROLES_CLAIM: variable("claim", parseClaim, {
    about: "The claim with the user's roles, in the same form.",
    default: "roles",
    example: "app_metadata.roles",
  }),
  AUTH_SCOPES_CLAIM: variable("claims", parseClaims, {
    about:
      "The claims with the token's scopes, separated by spaces. [Providers](providers.md) has the settings for each.",
    default: ["scope"],
    example: "scp permissions",
  }),
  AUTH_SCOPES_MAP: variable("JSON object", parserOf(readScopesMap, SCOPES_MAP_FORM), {
    about: "Maps the provider's scopes to those of Countersign. Other names stay as they are.",
    default: NO_SCOPES_MAP,
    defaultInWords: "unset",
    example: '{"Approvals.Admin": "approvals:admin"}',
  }),
  OIDC_ISSUER: variable("URL", parseIssuer, {
    about: "The OpenID Connect provider with which people [sign in](#sign-in).",
    default: null,
    example: "https://id.example.com/realms/company",
  }),
  OIDC_CLIENT_ID: text({
    about: "The client's id at the provider. Required if `OIDC_ISSUER` is set.",
    example: "countersign",
  }),
  OIDC_CLIENT_SECRET: secret({
    about: "The client's secret. A public client has none and uses PKCE only.",
    example: "the-secret-of-the-client",
  }),
  OIDC_SCOPES: variable("scopes", parseScopes, {
    about: "The scopes to request from the provider, including `openid`.",
    default: "openid profile email",
    example: "openid profile email groups",
  }),
  OIDC_LOGOUT: flag({
    about: "`true` also ends the provider's session at sign-out.",
    default: false,
    example: "true",
  }),
  PEOPLE_FILE: path({
    about:
      "A JSON list of people (`id`, `email`, `roles`, `locale`, and `zone`, an IANA name) who are known before they first " +
      "sign in.",
    example: "/etc/countersign/people.json",
  }),
};
