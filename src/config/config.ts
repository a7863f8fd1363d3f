/** Reads the server's environment variables, which `variables.ts` declares, into one frozen object. */

import { resolve } from "node:path";
import type { TimeoutAction } from "../model/approvals.ts";
import type { OutsideChannel } from "../model/notifications.ts";
import { ConfigError, maskUrl } from "./environment.ts";
import { LIMITS, type Limits, variableOf } from "./limits.ts";
import { isLoopback } from "./loopback.ts";
import type { ScopesMap } from "./scopes-map.ts";
import { isShortSecret, SHORTEST_SECRET_BYTES } from "./secret-length.ts";
import { LOG_LEVELS } from "./variables/server.ts";
import { RETIRED, type Read, readerOf, readVariable } from "./variables.ts";
import { WEBHOOK_SECRET_FORM } from "./webhook-keys.ts";

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The configuration of a server, as `loadConfig` reads it from the environment. */
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

/**
 * Reads the environment. An empty variable counts as not set.
 * @throws ConfigError for the first wrong value
 *
 * @example
 * const config = loadConfig(process.env);
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const read = readerOf(env);
  const host = read("HOST");
  const exposed = read("NODE_ENV") === "production" || !isLoopback(host);
  const jwtSecret = tokenSecretOf(read, "AUTH_JWT_SECRET", exposed);
  const jwksUrl = read("AUTH_JWKS_URL");
  const oidc = oidcOf(read, exposed && jwtSecret === null);
  const configured = jwtSecret !== null || jwksUrl !== null || oidc !== null;
  const development = !exposed && !configured;
  const databaseUrl = read("DATABASE_URL");
  const listenUrl = read("DATABASE_LISTEN_URL");
  if (listenUrl !== null && databaseUrl === null) {
    throw new ConfigError("DATABASE_LISTEN_URL", maskUrl(listenUrl), "empty unless DATABASE_URL is set");
  }
  const action = read("APPROVAL_DEFAULT_TIMEOUT_ACTION");

  return deepFreeze({
    port: read("PORT"),
    host,
    publicUrl: read("PUBLIC_URL"),
    trustedProxies: read("TRUSTED_PROXIES"),
    development,
    graphiql: read("GRAPHIQL") ?? development,
    logLevel: read("LOG_LEVEL"),
    databaseUrl,
    databaseListenUrl: listenUrl ?? databaseUrl,
    dataDir: resolve(read("DATA_DIR")),
    peopleFile: absolute(read("PEOPLE_FILE")),
    auth: {
      jwtSecret,
      jwksUrl,
      issuer: read("AUTH_ISSUER"),
      audience: read("AUTH_AUDIENCE"),
      userClaim: read("AUTH_USER_CLAIM"),
      rolesClaim: read("AUTH_ROLES_CLAIM"),
      scopesClaims: read("AUTH_SCOPES_CLAIM"),
      scopesMap: read("AUTH_SCOPES_MAP"),
    },
    oidc,
    approvals: {
      timeoutCheckIntervalMs: read("APPROVAL_TIMEOUT_CHECK_INTERVAL"),
      defaultTimeoutMs: read("APPROVAL_DEFAULT_TIMEOUT"),
      defaultTimeoutAction: action.toUpperCase() as Uppercase<typeof action>,
      auditDetail: read("APPROVAL_ENABLE_AUDIT_LOG"),
    },
    slack: {
      botToken: read("SLACK_BOT_TOKEN"),
      signingSecret: read("SLACK_SIGNING_SECRET"),
      channel: read("SLACK_CHANNEL"),
      apiUrl: read("SLACK_API_URL"),
    },
    mail: {
      smtpUrl: read("SMTP_URL"),
      from: read("MAIL_FROM"),
      links: read("MAIL_LINKS") ?? (development ? "anyone" : "known"),
    },
    webhook: webhookOf(read),
    serviceChannels: read("NOTIFICATION_SERVICE_CHANNELS"),
    templatesDir: absolute(read("TEMPLATES_DIR")),
    linkSecret: tokenSecretOf(read, "LINK_SECRET", exposed),
    limits: limitsOf(env),
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

const absolute = (path: string | null): string | null => (path === null ? null : resolve(path));

/** Reads a key that signs tokens. In development a short key only causes a warning. */
function tokenSecretOf(read: Read, name: "AUTH_JWT_SECRET" | "LINK_SECRET", exposed: boolean): string | null {
  const form = `a random string of at least ${SHORTEST_SECRET_BYTES} bytes, for example from openssl rand -base64 32`;
  return longEnough(name, read(name), exposed, form);
}

/** Returns the secret. @throws ConfigError if a short one could be guessed; the message does not show it */
function longEnough(name: string, secret: string | null, mustBeLong: boolean, form: string): string | null {
  if (mustBeLong && secret !== null && isShortSecret(secret)) {
    throw new ConfigError(name, null, form);
  }
  return secret;
}

/** @param signsSessions whether the key that signs sessions is derived from the client's secret */
function oidcOf(read: Read, signsSessions: boolean): Config["oidc"] {
  const issuer = read("OIDC_ISSUER");
  const clientId = read("OIDC_CLIENT_ID");
  if (issuer === null) {
    if (clientId === null) return null;
    throw new ConfigError("OIDC_CLIENT_ID", clientId, "empty unless OIDC_ISSUER is set");
  }
  if (clientId === null) throw new ConfigError("OIDC_CLIENT_ID", "", "the client's id if OIDC_ISSUER is set");
  const scopes = read("OIDC_SCOPES");
  const form = `at least ${SHORTEST_SECRET_BYTES} bytes long unless AUTH_JWT_SECRET is set, because it signs sessions`;
  const clientSecret = longEnough("OIDC_CLIENT_SECRET", read("OIDC_CLIENT_SECRET"), signsSessions, form);
  return { issuer, clientId, clientSecret, scopes, logout: read("OIDC_LOGOUT") };
}

function webhookOf(read: Read): Config["webhook"] {
  const url = read("WEBHOOK_URL");
  const secret = read("WEBHOOK_SECRET");
  if (url !== null && secret === null) {
    throw new ConfigError("WEBHOOK_SECRET", "", `${WEBHOOK_SECRET_FORM}; it is required if WEBHOOK_URL is set`);
  }
  return { url, secret, allowPrivate: read("WEBHOOK_ALLOW_PRIVATE"), callbackHosts: read("CALLBACK_HOSTS") };
}

function limitsOf(env: NodeJS.ProcessEnv): Limits {
  const entries = Object.entries(LIMITS).map(([name, limit]) => [
    name,
    readVariable(env, limit.variable, variableOf(limit)),
  ]);
  return Object.fromEntries(entries);
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
