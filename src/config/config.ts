/** Reads the server's environment variables into one frozen object. README.md lists them under "Environment". */

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
  /** TCP port of the server; 0 for a free one. `PORT` */
  readonly port: number;
  /** Address the server listens on. `HOST` */
  readonly host: string;
  /**
   * Base of every link sent to people, without a trailing slash; null: `http://HOST:PORT`, known once listening.
   * `PUBLIC_URL`
   */
  readonly publicUrl: string | null;
  /** Addresses and ranges of proxies whose `X-Forwarded-…` headers are trusted; empty: none. `TRUSTED_PROXIES` */
  readonly trustedProxies: readonly string[];
  /**
   * Whether this is a development server: not production, on a loopback address, without configured keys or provider.
   * Sample people and sign-in links exist.
   */
  readonly development: boolean;
  /** Whether GraphiQL and introspection are served. `GRAPHIQL` */
  readonly graphiql: boolean;
  /** `LOG_LEVEL` */
  readonly logLevel: LogLevel;
  /** PostgreSQL for queries, which may be behind a transaction pooler; null: the embedded one. `DATABASE_URL` */
  readonly databaseUrl: string | null;
  /** A direct connection, for LISTEN and locks; null: the embedded one. `DATABASE_LISTEN_URL` */
  readonly databaseListenUrl: string | null;
  /** Absolute path of the embedded database's folder, which also has the development secret. `DATA_DIR` */
  readonly dataDir: string;
  /** Absolute path of a JSON list of people, or null. `PEOPLE_FILE` */
  readonly peopleFile: string | null;
  readonly auth: {
    /** HS256 secret; null in development, where one is created and stored in `dataDir`. `AUTH_JWT_SECRET` */
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
    /** Dotted paths of the scopes in a token. The scopes of all paths count. `AUTH_SCOPES_CLAIM` */
    readonly scopesClaims: readonly string[];
    /** Maps the provider's scopes to those of Countersign; other names stay as they are. `AUTH_SCOPES_MAP` */
    readonly scopesMap: ScopesMap;
  };
  /**
   * Sign-in of people with an OpenID Connect provider; null without `OIDC_ISSUER`. Bearer tokens use AUTH_* alone.
   * AUTH_USER_CLAIM and AUTH_ROLES_CLAIM name the claims of the user's id and roles here too.
   */
  readonly oidc: {
    /** The provider's issuer identifier; https, or http on a loopback address. `OIDC_ISSUER` */
    readonly issuer: string;
    /** `OIDC_CLIENT_ID` */
    readonly clientId: string;
    /** Null for a public client, which uses PKCE only. `OIDC_CLIENT_SECRET` */
    readonly clientSecret: string | null;
    /** The scopes that are requested, separated by spaces. `OIDC_SCOPES` */
    readonly scopes: string;
    /** Whether signing out also ends the session at the provider. `OIDC_LOGOUT` */
    readonly logout: boolean;
  } | null;
  readonly approvals: {
    /** Milliseconds between safety sweeps. `APPROVAL_TIMEOUT_CHECK_INTERVAL` */
    readonly timeoutCheckIntervalMs: number;
    /** Milliseconds. `APPROVAL_DEFAULT_TIMEOUT` */
    readonly defaultTimeoutMs: number;
    /** `APPROVAL_DEFAULT_TIMEOUT_ACTION` */
    readonly defaultTimeoutAction: TimeoutAction;
    /**
     * False drops IP address, user agent and metadata from the audit log, never its rows. `APPROVAL_ENABLE_AUDIT_LOG`
     */
    readonly auditDetail: boolean;
  };
  readonly slack: {
    /** `SLACK_BOT_TOKEN` */
    readonly botToken: string | null;
    /** `SLACK_SIGNING_SECRET` */
    readonly signingSecret: string | null;
    /** The channel that is notified of every request. `SLACK_CHANNEL` */
    readonly channel: string | null;
    /** `SLACK_API_URL` */
    readonly apiUrl: string | null;
  };
  readonly mail: {
    /** `SMTP_URL` */
    readonly smtpUrl: string | null;
    /** The sender of emails; null: `countersign` at the host of PUBLIC_URL. `MAIL_FROM` */
    readonly from: string | null;
    /** Who receives links that decide without signing in: only people in the directory, or any address. `MAIL_LINKS` */
    readonly links: "known" | "anyone";
  };
  readonly webhook: {
    /** `WEBHOOK_URL` */
    readonly url: string | null;
    /** One secret, or two during rotation, as `signersOf` reads them; never null if there is a URL. `WEBHOOK_SECRET` */
    readonly secret: string | null;
    /** Whether webhooks and callbacks may go to loopback and private addresses. `WEBHOOK_ALLOW_PRIVATE` */
    readonly allowPrivate: boolean;
    /** Hosts to which `callbackUrl` may point, as `allowsHost` reads them; null: any. `CALLBACK_HOSTS` */
    readonly callbackHosts: readonly string[] | null;
  };
  /** Channels whose messages the `notificationService` of another program sends. `NOTIFICATION_SERVICE_CHANNELS` */
  readonly serviceChannels: readonly OutsideChannel[];
  /** Absolute path of the operator's own message templates, or null. `TEMPLATES_DIR` */
  readonly templatesDir: string | null;
  /** Signs the links in emails; null: another secret of the configuration signs them. `LINK_SECRET` */
  readonly linkSecret: string | null;
  /** Limits for one client. `LIMIT_…`, as `limits.ts` names them */
  readonly limits: Limits;
  /** Variables of the predecessor that are set and have no effect, for a warning at start. */
  readonly retired: readonly { readonly name: string; readonly replacement: string }[];
}

const TEN_YEARS_MS = 315_576_000_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** HS256 requires a key as long as its hash. Anyone with a token can guess a shorter one offline. */
const SHORTEST_SECRET_BYTES = 32;

/**
 * Reads the environment. An empty variable counts as not set.
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
    throw new ConfigError("DATABASE_LISTEN_URL", maskUrl(listen), "empty unless DATABASE_URL is set");
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

/** Returns the log level, also if another variable is wrong. */
export function logLevelOf(env: NodeJS.ProcessEnv): LogLevel {
  const raw = env.LOG_LEVEL?.trim().toLowerCase();
  return LOG_LEVELS.find((level) => level === raw) ?? "info";
}

/** Whether an address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1" || host === "[::1]") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/**
 * Rejects a configuration that cannot authenticate anyone: outside development there must be a key.
 * @throws ConfigError
 */
export function assertServable(config: Config): void {
  if (config.development || config.auth.jwtSecret !== null || config.auth.jwksUrl !== null || config.oidc !== null)
    return;
  const secret =
    "a secret (or set AUTH_JWKS_URL or OIDC_ISSUER), unless HOST is a loopback address and NODE_ENV is not production";
  throw new ConfigError("AUTH_JWT_SECRET", "", secret);
}

/** Reads a key that signs tokens. In development a short key only causes a warning. */
function secretOf({ secret }: Readers, name: string, exposed: boolean): string | null {
  const expected = `a random string of at least ${SHORTEST_SECRET_BYTES} bytes, for example from openssl rand -base64 32`;
  return secret(name, exposed ? SHORTEST_SECRET_BYTES : 0, expected);
}

function scopesMapOf(text: Readers["text"]): ScopesMap {
  const raw = text("AUTH_SCOPES_MAP");
  try {
    return raw === null ? new Map() : readScopesMap(raw);
  } catch {
    throw new ConfigError("AUTH_SCOPES_MAP", raw, SCOPES_MAP_FORM);
  }
}

function trustedProxiesOf(text: Readers["text"]): readonly string[] {
  const raw = text("TRUSTED_PROXIES");
  try {
    return raw === null ? [] : readTrustedProxies(raw);
  } catch {
    throw new ConfigError("TRUSTED_PROXIES", raw, TRUSTED_PROXIES_FORM);
  }
}

/** Paths that need no escapes in a cookie, a page or a proxy's configuration. */
const PLAIN_PATH = /^(\/[\w.~%+@=-]+)*$/;

function publicUrl(raw: string | null): string | null {
  if (raw === null) return null;
  const parsed = new URL(raw);
  if (parsed.search !== "" || parsed.hash !== "" || parsed.username !== "" || parsed.password !== "") {
    throw new ConfigError("PUBLIC_URL", maskUrl(raw), "an http:// or https:// URL without user, query or fragment");
  }
  const path = parsed.pathname.replace(/\/+$/, "");
  if (!PLAIN_PATH.test(path)) {
    throw new ConfigError("PUBLIC_URL", raw, "a URL whose path has only letters, digits and -._~%+@= between slashes");
  }
  return parsed.origin + path;
}

function serviceChannelsOf({ text }: Readers): OutsideChannel[] {
  const raw = text("NOTIFICATION_SERVICE_CHANNELS");
  const listed = (raw ?? "").split(/[\s,]+/).filter((part) => part !== "");
  const names = listed.map((part) => {
    const found = OUTSIDE_CHANNELS.find((name) => name === part.toUpperCase());
    if (found !== undefined) return found;
    throw new ConfigError("NOTIFICATION_SERVICE_CHANNELS", raw, `a list of ${OUTSIDE_CHANNELS.join(", ")}`);
  });
  return [...new Set(names)];
}

/** @param signsSessions whether the key that signs sessions is derived from the client's secret */
function oidcOf({ text, secret, flag }: Readers, signsSessions: boolean): Config["oidc"] {
  const issuer = text("OIDC_ISSUER");
  const clientId = text("OIDC_CLIENT_ID");
  if (issuer === null) {
    if (clientId === null) return null;
    throw new ConfigError("OIDC_CLIENT_ID", clientId, "empty unless OIDC_ISSUER is set");
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
    throw new ConfigError("OIDC_SCOPES", scopes.join(" "), "scopes separated by spaces, including openid");
  }
  const clientSecret = secret(
    "OIDC_CLIENT_SECRET",
    signsSessions ? SHORTEST_SECRET_BYTES : 0,
    `at least ${SHORTEST_SECRET_BYTES} bytes long unless AUTH_JWT_SECRET is set, because it signs sessions`,
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
  const raw = text("CALLBACK_HOSTS");
  try {
    return raw === null ? null : readCallbackHosts(raw);
  } catch {
    // A URL instead of a host may contain a password.
    throw new ConfigError("CALLBACK_HOSTS", raw?.includes("@") ? null : raw, CALLBACK_HOSTS_FORM);
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
