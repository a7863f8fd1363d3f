import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { getHeapStatistics } from "node:v8";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { assertServable, type Config, loadConfig } from "../../src/config/config.ts";
import { driverAddress } from "../../src/config/database-address.ts";
import { ConfigError } from "../../src/config/environment.ts";
import { LIMITS } from "../../src/config/limits.ts";

const DEFAULT_LIMITS = {
  tokens: 5_000,
  depth: 16,
  aliases: 50,
  rootFields: 20,
  overlaps: 100_000,
  cost: 50_000,
  answerBytes: 8_388_608,
  bodyBytes: 4_194_304,
  unauthenticatedBytes: 16_384,
  unauthenticatedMs: 10_000,
  unauthenticatedSockets: 2_000,
  subscriptionsPerSocket: 20_000,
  connectionsPerViewer: 20_000,
  operationsPerMinute: 600_000,
  writesPerMinute: 300_000,
  recipientsPerRequest: 100,
  recipientsPerHour: 1_000,
  unreadBytes: 268_435_456,
  unreadTotalBytes: Math.floor(getHeapStatistics().heap_size_limit / 4),
  unreadMs: 30_000,
};

const LONG_SECRET = "a secret of more than thirty-two bytes";

const messageOf = (env: NodeJS.ProcessEnv): string => {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("the configuration was accepted");
};

describe("the configuration", () => {
  it("has its defaults if nothing is set", () => {
    expect(loadConfig({})).toEqual({
      port: 4000,
      host: "127.0.0.1",
      publicUrl: null,
      trustedProxies: [],
      development: true,
      graphiql: true,
      logLevel: "info",
      databaseUrl: null,
      databaseListenUrl: null,
      dataDir: resolve(".data"),
      peopleFile: null,
      auth: {
        jwtSecret: null,
        jwksUrl: null,
        issuer: null,
        audience: null,
        userClaim: "sub",
        rolesClaim: "roles",
        scopesClaims: ["scope"],
        scopesMap: new Map(),
      },
      oidc: null,
      approvals: {
        timeoutCheckIntervalMs: 60_000,
        defaultTimeoutMs: 3_600_000,
        defaultTimeoutAction: "REJECT",
        auditDetail: true,
      },
      slack: { botToken: null, signingSecret: null, channel: null, apiUrl: null },
      mail: { smtpUrl: null, from: null, links: "anyone" },
      webhook: { url: null, secret: null, allowPrivate: false, callbackHosts: null },
      serviceChannels: [],
      templatesDir: null,
      linkSecret: null,
      limits: DEFAULT_LIMITS,
      retired: [],
    } satisfies Config);
  });

  it("reads every variable", () => {
    const config = loadConfig({
      PORT: "0",
      HOST: "0.0.0.0",
      DATABASE_URL: "postgres://app@pooler:6432/approvals",
      DATABASE_LISTEN_URL: "postgresql://app@db/approvals",
      DATA_DIR: "/var/lib/approvals",
      AUTH_JWT_SECRET: LONG_SECRET,
      AUTH_JWKS_URL: "https://id.example.com/jwks",
      AUTH_ISSUER: "https://id.example.com",
      AUTH_AUDIENCE: "countersign",
      AUTH_USER_CLAIM: "email",
      AUTH_ROLES_CLAIM: "app_metadata.roles",
      AUTH_SCOPES_CLAIM: "scp  permissions",
      AUTH_SCOPES_MAP: '{"Manage": ["approvals:read", "approvals:admin"], "Ask": "approvals:request"}',
      OIDC_ISSUER: "https://id.example.com/realm",
      OIDC_CLIENT_ID: "countersign",
      OIDC_CLIENT_SECRET: "client secret",
      OIDC_SCOPES: "openid  groups",
      OIDC_LOGOUT: "true",
      PEOPLE_FILE: "/etc/people.json",
      GRAPHIQL: "true",
      APPROVAL_TIMEOUT_CHECK_INTERVAL: "15000",
      APPROVAL_DEFAULT_TIMEOUT: "86400000",
      APPROVAL_DEFAULT_TIMEOUT_ACTION: "escalate",
      APPROVAL_ENABLE_AUDIT_LOG: "false",
      SLACK_BOT_TOKEN: "xoxb-1",
      SLACK_SIGNING_SECRET: "signing",
      SLACK_CHANNEL: "#approvals",
      SLACK_API_URL: "http://127.0.0.1:9/api/",
      SMTP_URL: "smtps://user:pass@mail.example.com",
      MAIL_FROM: "Approvals <approvals@example.com>",
      WEBHOOK_URL: "https://hooks.example.com/x",
      WEBHOOK_SECRET: "whsec_c2VjcmV0IG9mIHRoZSBob29r",
      WEBHOOK_ALLOW_PRIVATE: "true",
      MAIL_LINKS: "anyone",
      TEMPLATES_DIR: "/etc/countersign/templates",
      LINK_SECRET: LONG_SECRET,
      PUBLIC_URL: "https://approvals.example.com/base/",
      NOTIFICATION_SERVICE_CHANNELS: "email, SLACK,EMAIL",
      TRUSTED_PROXIES: "10.0.0.0/8, 2001:db8::1  192.0.2.7",
      LOG_LEVEL: "debug",
      LIMIT_DEPTH: "9",
      LIMIT_WRITES_PER_MINUTE: "0",
    });
    expect(config).toEqual({
      port: 0,
      host: "0.0.0.0",
      publicUrl: "https://approvals.example.com/base",
      trustedProxies: ["10.0.0.0/8", "2001:db8::1", "192.0.2.7"],
      development: false,
      graphiql: true,
      logLevel: "debug",
      databaseUrl: "postgres://app@pooler:6432/approvals",
      databaseListenUrl: "postgresql://app@db/approvals",
      dataDir: "/var/lib/approvals",
      peopleFile: "/etc/people.json",
      auth: {
        jwtSecret: LONG_SECRET,
        jwksUrl: "https://id.example.com/jwks",
        issuer: "https://id.example.com",
        audience: "countersign",
        userClaim: "email",
        rolesClaim: "app_metadata.roles",
        scopesClaims: ["scp", "permissions"],
        scopesMap: new Map([
          ["Manage", ["approvals:read", "approvals:admin"]],
          ["Ask", ["approvals:request"]],
        ]),
      },
      oidc: {
        issuer: "https://id.example.com/realm",
        clientId: "countersign",
        clientSecret: "client secret",
        scopes: "openid groups",
        logout: true,
      },
      approvals: {
        timeoutCheckIntervalMs: 15_000,
        defaultTimeoutMs: 86_400_000,
        defaultTimeoutAction: "ESCALATE",
        auditDetail: false,
      },
      slack: {
        botToken: "xoxb-1",
        signingSecret: "signing",
        channel: "#approvals",
        apiUrl: "http://127.0.0.1:9/api/",
      },
      mail: {
        smtpUrl: "smtps://user:pass@mail.example.com",
        from: "Approvals <approvals@example.com>",
        links: "anyone",
      },
      webhook: {
        url: "https://hooks.example.com/x",
        secret: "whsec_c2VjcmV0IG9mIHRoZSBob29r",
        allowPrivate: true,
        callbackHosts: null,
      },
      serviceChannels: ["EMAIL", "SLACK"],
      templatesDir: "/etc/countersign/templates",
      linkSecret: LONG_SECRET,
      limits: { ...DEFAULT_LIMITS, depth: 9, writesPerMinute: 0 },
      retired: [],
    } satisfies Config);
  });

  it("listens on the database's own address unless a direct one is given", () => {
    expect(loadConfig({ DATABASE_URL: "postgres://db/x" }).databaseListenUrl).toBe("postgres://db/x");
  });

  it.each([
    "postgres://u:p@db.example:5432/approvals",
    "postgresql://u@db/approvals",
    "postgres:///approvals?host=/run/postgresql",
    "postgres://u:p@/approvals?host=/run/postgresql",
    "postgres://u:p@/approvals?host=/run/postgresql&port=5433",
    "postgres://u:p@%2Frun%2Fpostgresql/approvals",
    "postgres://u:p@/approvals",
    "postgres://u:p@[::1]:5432/approvals",
    "postgres://u:p@db/approvals?sslmode=disable",
    "postgres://u:p@db/approvals?sslmode=allow",
    "postgres://u:p@db/approvals?sslmode=require&channel_binding=require",
    "postgres://u:p@db/approvals?application_name=x&sslmode=verify-full",
    "postgres://u:p@db/approvals?sslmode=no-verify",
    "postgres://u:p@db/approvals?sslmode=require&uselibpqcompat=true",
    "postgres://u:p@db/approvals?sslmode=verify-full&sslrootcert=system",
    "postgres://u:p@db/approvals?sslrootcert=system&application_name=x",
  ])("accepts the address %s of a database, as the driver does", (url) => {
    expect(loadConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
    const { host, database } = new pg.Client({ connectionString: driverAddress(url) });
    expect([database, typeof host]).toEqual(["approvals", "string"]);
  });

  it.each(["sslrootcert=system", "sslmode=require&sslrootcert=system", "sslrootcert=system&sslmode=verify-ca"])(
    "uses TLS with the authorities that Node.js trusts for %s",
    (query) => {
      const client = new pg.Client({ connectionString: driverAddress(`postgres://u:p@db/approvals?${query}`) });
      expect({ ...(client.ssl as unknown as object) }).toEqual({});
      expect(client.database).toBe("approvals");
    },
  );

  it("cannot be changed, at any depth", () => {
    const config = loadConfig({});
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.auth, { jwtSecret: "x" })).toThrow(TypeError);
  });

  it.each<[string, NodeJS.ProcessEnv, boolean]>([
    ["on the default address", {}, true],
    ["on any loopback address", { HOST: "127.8.0.1" }, true],
    ["on the loopback address of IPv6", { HOST: "::1" }, true],
    ["in production", { NODE_ENV: "production" }, false],
    ["on a public address", { HOST: "0.0.0.0" }, false],
    ["on a name that only begins like a loopback address", { HOST: "127.0.0.1.example.com" }, false],
    ["with a secret", { AUTH_JWT_SECRET: "x" }, false],
    ["with an identity provider", { AUTH_JWKS_URL: "https://id.example.com" }, false],
  ])("detects development: %s", (_, env, development) => {
    expect(loadConfig(env)).toMatchObject({ development, graphiql: development });
  });

  it("is refused outside development if it has no key", () => {
    expect(() => assertServable(loadConfig({ HOST: "0.0.0.0" }))).toThrow(/^AUTH_JWT_SECRET .*AUTH_JWKS_URL/);
    expect(() => assertServable(loadConfig({ HOST: "0.0.0.0", AUTH_JWT_SECRET: LONG_SECRET }))).not.toThrow();
    expect(() => assertServable(loadConfig({}))).not.toThrow();
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ["in production", { NODE_ENV: "production" }],
    ["on an address that others reach", { HOST: "0.0.0.0" }],
    ["on an address of IPv6 that others reach", { HOST: "::" }],
  ])("is refused with a secret that can be guessed %s", (_where, env) => {
    const short = "0123456789abcdef0123456789abcde";
    const provider = { OIDC_ISSUER: "https://id.example.com", OIDC_CLIENT_ID: "countersign" };
    for (const [name, held] of [
      ["AUTH_JWT_SECRET", { AUTH_JWT_SECRET: short }],
      ["AUTH_JWT_SECRET", { AUTH_JWT_SECRET: short, AUTH_JWKS_URL: "https://id.example.com/jwks" }],
      ["LINK_SECRET", { LINK_SECRET: short, AUTH_JWT_SECRET: LONG_SECRET }],
      // It signs sessions if there is no AUTH_JWT_SECRET.
      ["OIDC_CLIENT_SECRET", { ...provider, OIDC_CLIENT_SECRET: short }],
    ] as const) {
      const message = messageOf({ ...env, ...held });
      expect(message).toMatch(new RegExp(`^${name} is .*at least 32 bytes`));
      expect(message).not.toContain(short);
    }
    for (const held of [
      { AUTH_JWT_SECRET: `${short}f` },
      // Bytes, not characters.
      { AUTH_JWT_SECRET: "ü".repeat(16) },
      { ...provider, OIDC_CLIENT_SECRET: short, AUTH_JWT_SECRET: LONG_SECRET },
    ]) {
      expect(() => assertServable(loadConfig({ ...env, ...held }))).not.toThrow();
    }
    // In development, the log has a warning instead.
    expect(loadConfig({ AUTH_JWT_SECRET: short }).auth.jwtSecret).toBe(short);
  });

  it("accepts an identity provider for people instead of a key, and is then not in development", () => {
    const env = { HOST: "0.0.0.0", OIDC_ISSUER: "https://id.example.com", OIDC_CLIENT_ID: "countersign" };
    const config = loadConfig(env);
    expect(() => assertServable(config)).not.toThrow();
    expect(config.oidc).toEqual({
      issuer: "https://id.example.com",
      clientId: "countersign",
      clientSecret: null,
      scopes: "openid profile email",
      logout: false,
    });
    expect(loadConfig({ ...env, HOST: "127.0.0.1" }).development).toBe(false);
    expect(loadConfig({ ...env, OIDC_ISSUER: "http://localhost:8080/realm" }).oidc?.issuer).toContain("localhost");
  });

  it("reports the predecessor's variables and their replacements", () => {
    const { retired } = loadConfig({
      APPROVAL_POLL_INTERVAL: "5000",
      NEXT_PUBLIC_SUPABASE_URL: "https://x.supabase.co",
    });
    expect(retired).toEqual([
      { name: "NEXT_PUBLIC_SUPABASE_URL", replacement: expect.stringContaining("DATABASE_URL") },
      { name: "APPROVAL_POLL_INTERVAL", replacement: expect.stringContaining("subscribe") },
    ]);
  });
});

describe("docs/configuration.md", () => {
  it("lists the default of every limit", () => {
    const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `(LIMIT_\w+)` \| [^|]+ \| `(\d+)` \|/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]);
    // The limit for unread data depends on the heap of the process.
    expect(page).toMatch(/^\| `LIMIT_UNREAD_TOTAL_BYTES` \| [^|]+ \| a quarter of the heap's limit \|/m);
    const fixed = Object.values(LIMITS).filter(({ variable }) => variable !== "LIMIT_UNREAD_TOTAL_BYTES");
    expect(listed).toEqual(fixed.map(({ variable, fallback }) => [variable, fallback]));
  });
});

describe("a wrong value in the environment", () => {
  it.each<[string, string, string]>([
    ["PORT", "70000", "0 to 65535"],
    ["PORT", "-1", "0 to 65535"],
    ["PORT", "0x10", "0 to 65535"],
    ["DATABASE_URL", "mysql://db/x", "postgres://"],
    ["AUTH_JWKS_URL", "keys.json", "https://"],
    ["AUTH_ROLES_CLAIM", "user_metadata.roles", "user_metadata"],
    ["AUTH_USER_CLAIM", "a..b", "dotted path"],
    ["AUTH_ROLES_CLAIM", "user_metadata..roles", "dotted path"],
    ["AUTH_SCOPES_CLAIM", "user_metadata.scopes", "user_metadata"],
    ["AUTH_SCOPES_MAP", "Approvals.Admin", "a JSON object"],
    ["AUTH_SCOPES_MAP", "[]", "a JSON object"],
    ["AUTH_SCOPES_MAP", '{"Admin":"admin"}', "approvals:admin"],
    ["AUTH_SCOPES_MAP", '{"Admin":["approvals:admin",1]}', "approvals:admin"],
    ["TRUSTED_PROXIES", "nginx", "CIDR"],
    ["TRUSTED_PROXIES", "10.0.0.0/33", "CIDR"],
    ["TRUSTED_PROXIES", "10.0.0.1/", "CIDR"],
    ["TRUSTED_PROXIES", "::1/129", "CIDR"],
    ["TRUSTED_PROXIES", "127.0.0.1,", "CIDR"],
    ["TRUSTED_PROXIES", "true", "CIDR"],
    ["PUBLIC_URL", "https://x.example/a;b", "path has only"],
    ["PUBLIC_URL", "https://x.example//a", "path has only"],
    ["OIDC_ISSUER", "id.example.com", "https://"],
    ["OIDC_ISSUER", "http://id.example.com/", "https://"],
    ["OIDC_ISSUER", "https://id.example.com/?tenant=1", "without user, query or fragment"],
    ["OIDC_CLIENT_ID", "countersign", "empty unless OIDC_ISSUER is set"],
    ["GRAPHIQL", "yes", "true, false"],
    ["APPROVAL_TIMEOUT_CHECK_INTERVAL", "0", "1 to 2147483647"],
    ["APPROVAL_DEFAULT_TIMEOUT", "1h", "1 to 315576000000"],
    ["APPROVAL_DEFAULT_TIMEOUT_ACTION", "ignore", "approve, reject, escalate"],
    ["APPROVAL_ENABLE_AUDIT_LOG", "1", "true, false"],
    ["SLACK_API_URL", "slack", "https://"],
    ["DATABASE_URL", "postgres://db/x?sslmode=on", "sslmode one of disable, allow, prefer, require, verify-ca"],
    ["DATABASE_URL", "postgres://db/x?a=b&sslmode=", "sslmode one of"],
    ["DATABASE_URL", "db.example", "postgres://user:password@host:5432/database"],
    ["MAIL_LINKS", "everyone", "known, anyone"],
    ["SMTP_URL", "http://mail", "smtp://"],
    ["WEBHOOK_URL", "ftp://x/", "https://"],
    ["WEBHOOK_ALLOW_PRIVATE", "no", "true, false"],
    ["PUBLIC_URL", "https://x.example/?a=b", "without user, query or fragment"],
    ["LIMIT_DEPTH", "deep", "1 to 1000"],
    ["LIMIT_BODY_BYTES", "0", "1024 to 268435456"],
    ["NOTIFICATION_SERVICE_CHANNELS", "EMAIL,IN_APP", "a list of SLACK, EMAIL, WEBHOOK"],
    ["LOG_LEVEL", "loud", "trace, debug, info, warn, error, fatal, silent"],
  ])("of %s, %s, is reported with the allowed values", (name, held, allowed) => {
    const message = messageOf({ [name]: held });
    expect(message).toContain(`${name} is ${JSON.stringify(held).slice(0, -1)}`);
    expect(message).toContain(allowed);
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    ["a provider without a client", { OIDC_CLIENT_ID: "" }, "OIDC_CLIENT_ID"],
    ["scopes without openid", { OIDC_SCOPES: "profile email" }, 'OIDC_SCOPES is "profile email"'],
    ["a logout that is not a boolean", { OIDC_LOGOUT: "maybe" }, "OIDC_LOGOUT"],
  ])("of the sign-in is reported: %s", (_what, env, message) => {
    const provider = { OIDC_ISSUER: "https://id.example.com", OIDC_CLIENT_ID: "countersign" };
    expect(messageOf({ ...provider, ...env })).toContain(message);
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ["none beside an address", { WEBHOOK_URL: "https://hooks.example.com/x" }],
    ["a text that is not base64", { WEBHOOK_SECRET: "hunter2!" }],
    ["a prefix alone", { WEBHOOK_SECRET: "whsec_" }],
    ["a right one beside a wrong one", { WEBHOOK_SECRET: "whsec_c2VjcmV0IG9mIHRoZSBob29r hunter2!" }],
    ["three", { WEBHOOK_SECRET: "aHVudGVyMg==,aHVudGVyMg==,aHVudGVyMg==" }],
  ])("of the webhook's secret is reported and not shown: %s", (_what, env) => {
    const message = messageOf(env);
    expect(message).toMatch(/^WEBHOOK_SECRET is .*whsec_/);
    expect(message).not.toMatch(/hunter2|aHVudGVyMg|c2VjcmV0/);
  });

  it.each([
    "c2VjcmV0IG9mIHRoZSBob29r",
    "whsec_c2VjcmV0IG9mIHRoZSBob29r",
    "whsec_c2VjcmV0IG9mIHRoZSBob29r b2xkZXIgc2VjcmV0",
    "whsec_c2VjcmV0IG9mIHRoZSBob29r, whsec_b2xkZXIgc2VjcmV0",
  ])("is not found in a valid secret of the webhook: %s", (held) => {
    expect(loadConfig({ WEBHOOK_SECRET: held }).webhook.secret).toBe(held);
  });

  it("is reported on one line, whatever it contains", () => {
    expect(messageOf({ LOG_LEVEL: "debug\nrm -rf" })).not.toContain("\n");
  });

  it.each([
    { DATABASE_URL: "mysql://u:hunter2@db/x" },
    { DATABASE_URL: "postgres://u:hunter2@db:99999/x" },
    { DATABASE_URL: "mysql://db/x?password=hunter2" },
    { DATABASE_URL: "hunter2@db" },
    { DATABASE_URL: "postgres://u:hunter2@/x?host=/run&sslmode=on" },
    { DATABASE_URL: "postgres://u:hunter2@db/x?sslmode=on" },
    { DATABASE_LISTEN_URL: "postgres://u:hunter2@db/x" },
    { SMTP_URL: "http://u:hunter2@mail" },
    { SMTP_URL: "http://u:a#hunter2@mail" },
    { PUBLIC_URL: "https://u:hunter2@x.example" },
    { OIDC_ISSUER: "https://u:hunter2@id.example", OIDC_CLIENT_ID: "x" },
  ])("is not shown if it contains a secret: %j", (env) => {
    expect(messageOf(env)).not.toContain("hunter2");
  });
});
