/** The server's environment variables as one frozen object. README.md lists them under "Environment". */

import { isIP } from "node:net";
import { resolve } from "node:path";
import type { TimeoutAction } from "../model/approvals.ts";
import { OUTSIDE_CHANNELS, type OutsideChannel } from "../model/notifications.ts";
import { CALLBACK_HOSTS_FORM, readCallbackHosts } from "./callback-hosts.ts";
import { ConfigError, maskUrl, type Readers, readersOf } from "./environment.ts";
import { type Limits, readLimits } from "./limits.ts";
import { readScopesMap, SCOPES_MAP_FORM, type ScopesMap } from "./scopes-map.ts";
import { readTrustedProxies, TRUSTED_PROXIES_FORM } from "./trusted-proxies.ts";
import { RETIRED } from "./variables.ts";
import { WEBHOOK_SECRET_FORM } from "./webhook-keys.ts";
import { signersOf } from "./webhook-secrets.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** TCP port of the server; 0 takes a free one. `PORT` */
  readonly port: number;
  /** Address the server listens on. `HOST` */
  readonly host: string;
  /** Base of every link sent to people, without a trailing slash; null: `http://HOST:PORT`, known once listening. `PUBLIC_URL` */
  readonly publicUrl: string | null;
  /** Addresses and ranges of proxies whose `X-Forwarded-…` headers are believed; empty: nobody's. `TRUSTED_PROXIES` */
  readonly trustedProxies: readonly string[];
  /** Not production, on a loopback address, without configured keys or provider: sample people and sign-in links exist. */
  readonly development: boolean;
  /** Whether GraphiQL and introspection are served. `GRAPHIQL` */
  readonly graphiql: boolean;
  /** `LOG_LEVEL` */
  readonly logLevel: LogLevel;
  /** PostgreSQL for queries, perhaps behind a transaction pooler; null: the embedded one. `DATABASE_URL` */
  readonly databaseUrl: string | null;
  /** A direct connection for what needs a session; null: the embedded one. `DATABASE_LISTEN_URL` */
  readonly databaseListenUrl: string | null;
  /** Absolute path of the embedded database's folder; the development secret lives there too. `DATA_DIR` */
  readonly dataDir: string;
  /** Absolute path of a JSON list of people, or null. `PEOPLE_FILE` */
  readonly peopleFile: string | null;
  readonly auth: {
    /** HS256 secret; null in development, where one is made and kept in `dataDir`. `AUTH_JWT_SECRET` */
    readonly jwtSecret: string | null;
    /** `AUTH_JWKS_URL` */
    readonly jwksUrl: string | null;
    /** `AUTH_ISSUER` */
    readonly issuer: string | null;
    /** `AUTH_AUDIENCE` */
    readonly audience: string | null;
    /** Dotted path of the user's id in a token. `AUTH_USER_CLAIM` */
    readonly userClaim: string;
    /** Dotted path of the roles in a token. `AUTH_ROLES_CLAIM` */
    readonly rolesClaim: string;
    /** Dotted paths of the scopes in a token; those of all of them count. `AUTH_SCOPES_CLAIM` */
    readonly scopesClaims: readonly string[];
    /** From the provider's names of scopes to ours; a name that is not in it stays as it is. `AUTH_SCOPES_MAP` */
    readonly scopesMap: ScopesMap;
  };
  /**
   * Sign-in of people at an OpenID Connect provider; null without `OIDC_ISSUER`. Bearer tokens are AUTH_*'s alone; which
   * claims are the user's id and roles is AUTH_USER_CLAIM's and AUTH_ROLES_CLAIM's here too.
   */
  readonly oidc: {
    /** The provider, exactly as it names itself; https, or http on a loopback address. `OIDC_ISSUER` */
    readonly issuer: string;
    /** `OIDC_CLIENT_ID` */
    readonly clientId: string;
    /** Null for a public client, which proves itself by PKCE alone. `OIDC_CLIENT_SECRET` */
    readonly clientSecret: string | null;
    /** What is asked of the provider, space-separated. `OIDC_SCOPES` */
    readonly scopes: string;
    /** Whether signing out ends the session at the provider as well. `OIDC_LOGOUT` */
    readonly logout: boolean;
  } | null;
  readonly approvals: {
    /** Milliseconds between safety sweeps. `APPROVAL_TIMEOUT_CHECK_INTERVAL` */
    readonly timeoutCheckIntervalMs: number;
    /** Milliseconds. `APPROVAL_DEFAULT_TIMEOUT` */
    readonly defaultTimeoutMs: number;
    /** `APPROVAL_DEFAULT_TIMEOUT_ACTION` */
    readonly defaultTimeoutAction: TimeoutAction;
    /** False drops IP address, user agent and metadata from the audit log, never its rows. `APPROVAL_ENABLE_AUDIT_LOG` */
    readonly auditDetail: boolean;
  };
  readonly slack: {
    /** `SLACK_BOT_TOKEN` */
    readonly botToken: string | null;
    /** `SLACK_SIGNING_SECRET` */
    readonly signingSecret: string | null;
    /** The channel that hears of every request. `SLACK_CHANNEL` */
    readonly channel: string | null;
    /** `SLACK_API_URL` */
    readonly apiUrl: string | null;
  };
  readonly mail: {
    /** `SMTP_URL` */
    readonly smtpUrl: string | null;
    /** Who mails are from; null: `countersign` at the host of PUBLIC_URL. `MAIL_FROM` */
    readonly from: string | null;
    /** Who gets links that decide without signing in: only people whom the directory knows, or any address. `MAIL_LINKS` */
    readonly links: "known" | "anyone";
  };
  readonly webhook: {
    /** `WEBHOOK_URL` */
    readonly url: string | null;
    /** One secret, or two during rotation, as `signersOf` reads them; never null where there is a URL. `WEBHOOK_SECRET` */
    readonly secret: string | null;
    /** Whether webhooks and callbacks may go to loopback and private addresses. `WEBHOOK_ALLOW_PRIVATE` */
    readonly allowPrivate: boolean;
    /** Hosts to which `callbackUrl` may point, as `allowsHost` reads them; null: any. `CALLBACK_HOSTS` */
    readonly callbackHosts: readonly string[] | null;
  };
  /** Channels whose messages a `notificationService` of another program sends. `NOTIFICATION_SERVICE_CHANNELS` */
  readonly serviceChannels: readonly OutsideChannel[];
  /** Absolute path of the operator's own message templates, or null. `TEMPLATES_DIR` */
  readonly templatesDir: string | null;
  /** Signs the links of e-mails; null: another secret of the configuration does. `LINK_SECRET` */
  readonly linkSecret: string | null;
  /** What one client may ask for. `LIMIT_…`, as `limits.ts` names them */
  readonly limits: Limits;
  /** Variables of the polling predecessor that are set and do nothing, for one warning at start. */
  readonly retired: readonly { readonly name: string; readonly replacement: string }[];
}

const TEN_YEARS_MS = 315_576_000_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** HS256 wants a key as long as its hash. Each holder of a token can guess a shorter one without asking the server. */
const SHORTEST_SECRET_BYTES = 32;

/**
 * Reads the environment; a variable that is empty counts as not set.
 * @throws ConfigError for the first wrong value
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const read = readersOf(env);
  const { text, integer, oneOf, flag, url, webUrl, databaseUrl, claim, claims } = read;

  const host = text("HOST") ?? "127.0.0.1";
  const exposed = env.NODE_ENV === "production" || !isLoopback(host);
  const jwtSecret = secretOf(read, "AUTH_JWT_SECRET", exposed);
  const jwksUrl = webUrl("AUTH_JWKS_URL");
  const oidc = oidcOf(read, exposed && jwtSecret === null);
  const configured = jwtSecret !== null || jwksUrl !== null || oidc !== null;
  const development = !exposed && !configured;
  const primary = databaseUrl("DATABASE_URL");
  const listen = databaseUrl("DATABASE_LISTEN_URL");
  if (listen !== null && primary === null) {
    throw new ConfigError("DATABASE_LISTEN_URL", maskUrl(listen), "a URL, only together with DATABASE_URL");
  }
  const peopleFile = text("PEOPLE_FILE");
  const templatesDir = text("TEMPLATES_DIR");
  const action = oneOf("APPROVAL_DEFAULT_TIMEOUT_ACTION", "reject", ["approve", "reject", "escalate"]);

  return deepFreeze({
    port: integer("PORT", 4000, 0, 65_535),
    host,
    publicUrl: publicUrl(webUrl("PUBLIC_URL")),
    trustedProxies: trustedProxiesOf(text),
    development,
    graphiql: flag("GRAPHIQL", development),
    logLevel: oneOf("LOG_LEVEL", "info", LOG_LEVELS),
    databaseUrl: primary,
    databaseListenUrl: listen ?? primary,
    dataDir: resolve(text("DATA_DIR") ?? ".data"),
    peopleFile: peopleFile === null ? null : resolve(peopleFile),
    auth: {
      jwtSecret,
      jwksUrl,
      issuer: text("AUTH_ISSUER"),
      audience: text("AUTH_AUDIENCE"),
      userClaim: claim("AUTH_USER_CLAIM", "sub"),
      rolesClaim: claim("AUTH_ROLES_CLAIM", "roles"),
      scopesClaims: claims("AUTH_SCOPES_CLAIM", "scope"),
      scopesMap: scopesMapOf(text),
    },
    oidc,
    approvals: {
      timeoutCheckIntervalMs: integer("APPROVAL_TIMEOUT_CHECK_INTERVAL", 60_000, 1, LONGEST_TIMER_MS),
      defaultTimeoutMs: integer("APPROVAL_DEFAULT_TIMEOUT", 3_600_000, 1, TEN_YEARS_MS),
      defaultTimeoutAction: action.toUpperCase() as Uppercase<typeof action>,
      auditDetail: flag("APPROVAL_ENABLE_AUDIT_LOG", true),
    },
    slack: {
      botToken: text("SLACK_BOT_TOKEN"),
      signingSecret: text("SLACK_SIGNING_SECRET"),
      channel: text("SLACK_CHANNEL"),
      apiUrl: webUrl("SLACK_API_URL"),
    },
    mail: {
      smtpUrl: url("SMTP_URL", ["smtp:", "smtps:"], "an smtp:// or smtps:// URL"),
      from: text("MAIL_FROM"),
      links: oneOf("MAIL_LINKS", development ? "anyone" : "known", ["known", "anyone"]),
    },
    webhook: webhookOf(read),
    serviceChannels: serviceChannelsOf(read),
    templatesDir: templatesDir === null ? null : resolve(templatesDir),
    linkSecret: secretOf(read, "LINK_SECRET", exposed),
    limits: readLimits(integer),
    retired: Object.entries(RETIRED)
      .filter(([name]) => env[name] !== undefined)
      .map(([name, replacement]) => ({ name, replacement })),
  });
}

/** The level of the log, also where another value stops the start. */
export function logLevelOf(env: NodeJS.ProcessEnv): LogLevel {
  const held = env.LOG_LEVEL?.trim().toLowerCase();
  return LOG_LEVELS.find((level) => level === held) ?? "info";
}

/** Whether an address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1" || host === "[::1]") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/**
 * Refuses a configuration that could authenticate nobody: outside development there must be a key.
 * @throws ConfigError
 */
export function assertServable(config: Config): void {
  if (config.development || config.auth.jwtSecret !== null || config.auth.jwksUrl !== null || config.oidc !== null)
    return;
  const secret =
    "a secret (or set AUTH_JWKS_URL or OIDC_ISSUER), unless HOST is a loopback address and NODE_ENV is not production";
  throw new ConfigError("AUTH_JWT_SECRET", "", secret);
}

/** A key that signs tokens. On a machine of one's own a short one is only warned of. */
function secretOf({ secret }: Readers, name: string, exposed: boolean): string | null {
  const expected = `a random string of at least ${SHORTEST_SECRET_BYTES} bytes, from openssl rand -base64 32 for example`;
  return secret(name, exposed ? SHORTEST_SECRET_BYTES : 0, expected);
}

function scopesMapOf(text: Readers["text"]): ScopesMap {
  const held = text("AUTH_SCOPES_MAP");
  try {
    return held === null ? new Map() : readScopesMap(held);
  } catch {
    throw new ConfigError("AUTH_SCOPES_MAP", held, SCOPES_MAP_FORM);
  }
}

function trustedProxiesOf(text: Readers["text"]): readonly string[] {
  const held = text("TRUSTED_PROXIES");
  try {
    return held === null ? [] : readTrustedProxies(held);
  } catch {
    throw new ConfigError("TRUSTED_PROXIES", held, TRUSTED_PROXIES_FORM);
  }
}

/** What a cookie's path, a page and a proxy's configuration write without escapes. */
const PLAIN_PATH = /^(\/[\w.~%+@=-]+)*$/;

function publicUrl(held: string | null): string | null {
  if (held === null) return null;
  const parsed = new URL(held);
  if (parsed.search !== "" || parsed.hash !== "" || parsed.username !== "" || parsed.password !== "") {
    throw new ConfigError("PUBLIC_URL", maskUrl(held), "an http:// or https:// URL without user, query or fragment");
  }
  const path = parsed.pathname.replace(/\/+$/, "");
  if (!PLAIN_PATH.test(path)) {
    throw new ConfigError("PUBLIC_URL", held, "a URL whose path has only letters, digits and -._~%+@= between slashes");
  }
  return parsed.origin + path;
}

function serviceChannelsOf({ text }: Readers): OutsideChannel[] {
  const held = text("NOTIFICATION_SERVICE_CHANNELS");
  const listed = (held ?? "").split(/[\s,]+/).filter((part) => part !== "");
  const names = listed.map((part) => {
    const found = OUTSIDE_CHANNELS.find((name) => name === part.toUpperCase());
    if (found !== undefined) return found;
    throw new ConfigError("NOTIFICATION_SERVICE_CHANNELS", held, `a list of ${OUTSIDE_CHANNELS.join(", ")}`);
  });
  return [...new Set(names)];
}

/** @param signsSessions whether sessions are signed with a key that comes from the client's secret */
function oidcOf({ text, secret, flag }: Readers, signsSessions: boolean): Config["oidc"] {
  const issuer = text("OIDC_ISSUER");
  const clientId = text("OIDC_CLIENT_ID");
  if (issuer === null) {
    if (clientId === null) return null;
    throw new ConfigError("OIDC_CLIENT_ID", clientId, "a client's id only together with OIDC_ISSUER");
  }
  const parsed = URL.parse(issuer);
  const safe = parsed?.protocol === "https:" || (parsed?.protocol === "http:" && isLoopback(parsed.hostname));
  if (parsed === null || !safe || parsed.username !== "" || parsed.search !== "" || parsed.hash !== "") {
    const expected = "an https:// URL (http:// on a loopback address) without user, query or fragment";
    throw new ConfigError("OIDC_ISSUER", maskUrl(issuer), expected);
  }
  if (clientId === null) throw new ConfigError("OIDC_CLIENT_ID", "", "the client's id if OIDC_ISSUER is set");
  const scopes = (text("OIDC_SCOPES") ?? "openid profile email").split(/\s+/);
  if (!scopes.includes("openid")) {
    throw new ConfigError("OIDC_SCOPES", scopes.join(" "), "scopes separated by spaces, openid among them");
  }
  const clientSecret = secret(
    "OIDC_CLIENT_SECRET",
    signsSessions ? SHORTEST_SECRET_BYTES : 0,
    `at least ${SHORTEST_SECRET_BYTES} bytes, as it signs sessions, or a shorter value beside AUTH_JWT_SECRET`,
  );
  return { issuer, clientId, clientSecret, scopes: scopes.join(" "), logout: flag("OIDC_LOGOUT", false) };
}

function webhookOf({ text, webUrl, flag }: Readers): Config["webhook"] {
  const url = webUrl("WEBHOOK_URL");
  const secret = text("WEBHOOK_SECRET");
  if (url !== null && secret === null) {
    throw new ConfigError("WEBHOOK_SECRET", "", `${WEBHOOK_SECRET_FORM}; it is required if WEBHOOK_URL is set`);
  }
  try {
    if (secret !== null) signersOf(secret);
  } catch {
    throw new ConfigError("WEBHOOK_SECRET", null, WEBHOOK_SECRET_FORM);
  }
  return { url, secret, allowPrivate: flag("WEBHOOK_ALLOW_PRIVATE", false), callbackHosts: callbackHostsOf(text) };
}

function callbackHostsOf(text: Readers["text"]): readonly string[] | null {
  const held = text("CALLBACK_HOSTS");
  try {
    return held === null ? null : readCallbackHosts(held);
  } catch {
    // An address in place of a host may have a password in it.
    throw new ConfigError("CALLBACK_HOSTS", held?.includes("@") ? null : held, CALLBACK_HOSTS_FORM);
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
