/**
 * Builds the whole application and returns how to start and stop it.
 *
 * Start: people file (a wrong one stops the start before anything is open), hub, directory, timeout clock, HTTP; whoever
 * can connect finds everything behind it running; then what delivers messages. Stop goes the other way: no new
 * connections, then sockets and streams, then messages, the clock, the hub and the pool.
 */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createQueueWatch } from "../approvals/commands/queue-watch.ts";
import { probeWrite } from "../approvals/commands/write-probe.ts";
import { ApprovalManager } from "../approvals/manager.ts";
import { destinationsOf } from "../approvals/notifications.ts";
import { assertServable, type Config } from "../config/config.ts";
import { createLoaders } from "../db/loaders.ts";
import { createOutageLog, logFailure } from "../db/outage-log.ts";
import { createPool } from "../db/pool.ts";
import { createHub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";
import type { Services } from "../resolvers/context.ts";
import { schema } from "../schema/index.ts";
import { createAuthenticator, secretOf } from "./auth/auth.ts";
import { type DevelopmentAccess, developmentAccess } from "./auth/development.ts";
import { answerOfDirectory } from "./auth/directory-answer.ts";
import type { Identity } from "./auth/identity.ts";
import { createLiveAccess } from "./auth/live-access.ts";
import { createProvider } from "./auth/oidc.ts";
import { createPeople, readPeopleFile } from "./auth/people.ts";
import { createSessionHandler } from "./auth/session.ts";
import { createSessionTokens } from "./auth/session-tokens.ts";
import { createSignIn } from "./auth/sign-in.ts";
import { createAdmission } from "./graphql/admission.ts";
import { createDocuments } from "./graphql/documents.ts";
import { createEngine } from "./graphql/engine.ts";
import { createSockets, type Sockets } from "./graphql/websocket.ts";
import { createGraphqlHandler } from "./graphql/yoga.ts";
import { readiness } from "./health.ts";
import { targetOf } from "./http.ts";
import { createByteBudget } from "./limits/byte-budget.ts";
import { boundedHold } from "./limits/connections.ts";
import { createSlowReaders } from "./limits/slow-readers.ts";
import { createStrangers } from "./limits/strangers.ts";
import { createMetrics } from "./metrics.ts";
import { createNotifications } from "./notifications.ts";
import { createOutside } from "./outside.ts";
import { createRest } from "./rest/rest.ts";
import { createRoutes } from "./routes.ts";
import { createShutdown } from "./shutdown.ts";

export interface Database {
  /** For queries; may lead through a transaction pooler. */
  url: string;
  /** Directly to the same database. */
  listenUrl: string;
}

export interface Started {
  /** Where the server listens, without `base`. */
  url: string;
  /** The path of PUBLIC_URL, below which everything is served; empty for the root. */
  base: string;
  /** Base of the links sent to people: PUBLIC_URL, else `url`. */
  publicUrl: string;
  /** Sign-in links of sample people; null outside development. */
  development: DevelopmentAccess | null;
}

export interface App {
  /** To be called once. @throws PeopleFileError, or what the database or the port refuses */
  start(): Promise<Started>;
  /** Ends everything within a few seconds; the database itself stays. May be called more than once. */
  stop(): Promise<void>;
  readonly services: Services;
}

/** Connections of the pool: the executor uses two at a time, the rest is for reads. */
const POOL_SIZE = 10;
/** Longer than the usual proxy keeps an idle connection, so that it is never the one to be surprised. */
const KEEP_ALIVE_MS = 65_000;
/** How often connections are looked at whose headers are late. */
const LOOK_EVERY_MS = 1_000;
/** How long a client may take to answer the closing of its socket, and the database the end of its connections. */
const SOCKET_GRACE_MS = 1_000;
const POOL_GRACE_MS = 2_000;

export interface Tuning {
  /** ms between the blanks that a client gets who waits over REST. */
  signOfLifeMs?: number;
  /** ms that a query may take. */
  queryMs?: number;
  /** ms between two questions to the LISTEN session. */
  heartbeatMs?: number;
}

/**
 * @param database by default the configuration's
 * @param tuning what tests make shorter
 * @throws ConfigError without a key in production; an Error without a database
 */
export function buildApp(
  config: Config,
  log: Logger,
  database: Database = databaseOf(config),
  tuning: Tuning = {},
): App {
  assertServable(config);
  // A separate address for sessions says that the other one leads through a transaction pooler.
  const prepare = database.url === database.listenUrl;
  const pool = createPool(database.url, { max: POOL_SIZE, prepare, asApi: true, log, query_timeout: tuning.queryMs });
  const hub = createHub({ listenUrl: database.listenUrl, pool, log, heartbeatMs: tuning.heartbeatMs });
  const { defaultTimeoutMs, defaultTimeoutAction, timeoutCheckIntervalMs, auditDetail } = config.approvals;
  const manager = new ApprovalManager({
    pool,
    hub,
    defaults: { timeoutMs: defaultTimeoutMs, timeoutAction: defaultTimeoutAction },
    timeoutCheckInterval: timeoutCheckIntervalMs,
    callbackHosts: config.webhook.callbackHosts,
    recipientLimits: { perRequest: config.limits.recipientsPerRequest, perHour: config.limits.recipientsPerHour },
    destinations: destinationsOf(config),
    enableAuditLog: auditDetail,
    onError: (error, doing) => logFailure(log, "error", { err: error }, `failed at ${doing}`),
  });
  const probe = () => probeWrite(pool);
  const outages = createOutageLog({ log, probe });
  const queueWatch = createQueueWatch({ stats: () => manager.commandStats(), probe, log });
  const troubles = { database: outages.trouble, commands: () => queueWatch.trouble() ?? manager.clockTrouble() };
  const { limits } = config;
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: limits.unauthenticatedMs,
    connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, limits.unauthenticatedMs),
  });
  const strangers = createStrangers(limits);
  const body = { most: limits.unauthenticatedBytes, budget: strangers.budget };
  const outside = createOutside(config, () => addressOf(server, config.host));
  const publicUrl = () => outside.url();
  const notifications = createNotifications({ config, pool, hub, manager, outside, body, log });
  const { templates } = notifications;
  const services: Services = { pool, hub, loaders: createLoaders(pool), manager, templates, publicUrl };
  const access = createLiveAccess({ hub, pool, log });
  const people = createPeople(pool, log, access.learn);

  const secret = secretOf(config);
  const tokens = createSessionTokens(config, log);
  const authenticator = createAuthenticator(config, secret, tokens, log);
  async function identify(token: string): Promise<Identity> {
    const identity = await authenticator.verify(token);
    const { news, isKnown, identity: limited } = access.limit(identity);
    const noted = people.notePerson(identity, news || !isKnown);
    if (noted === null) return limited;
    await answerOfDirectory(noted);
    return access.limit(identity).identity;
  }

  async function begin(token: string): Promise<string> {
    return tokens === null ? token : tokens.begin(token, await authenticator.verify(token));
  }
  const end = access.endSession;

  const shutdown = createShutdown(server);
  const unread = createByteBudget(limits.unreadTotalBytes);
  server.on("request", createSlowReaders(limits, unread, log));
  server.on("request", strangers.watch);
  let sockets: Sockets | undefined;
  const metrics = createMetrics({
    hub,
    pool,
    now: () => manager.now(),
    manager,
    worker: notifications.worker,
    sockets: () => sockets?.count() ?? 0,
    streams: shutdown.streams,
  });
  const documents = createDocuments(schema, { introspection: config.graphiql, limits });
  const admission = createAdmission(schema, limits);
  const hold = boundedHold(access.hold, limits.connectionsPerViewer);
  const engine = createEngine({ schema, limits, log, metrics });
  const rest = createRest({ schema, engine, admission, limits, services, base: outside.base, ...tuning });
  sockets = createSockets({
    schema,
    documents,
    engine,
    admission,
    limits,
    services,
    publicUrl: outside.url,
    identify,
    hold,
    strangers,
    unread,
    log,
  });
  const { oidc, auth } = config;
  const signIn =
    oidc !== null && tokens !== null
      ? createSignIn({ provider: createProvider(oidc, auth), tokens, outside, identify, end, log })
      : null;
  server.on(
    "request",
    createRoutes({
      graphiql: config.graphiql,
      outside,
      identify,
      hold,
      admission,
      limits,
      strangers,
      graphql: createGraphqlHandler({ schema, documents, engine, admission, limits, services, log }),
      rest,
      session: createSessionHandler({ outside, identify, begin, end, tokens, hasProvider: oidc !== null, body }),
      signIn,
      decide: notifications.decide,
      slack: notifications.slack,
      readiness: () => readiness(pool, hub, troubles),
      metrics: metrics.render,
      log,
    }),
  );
  server.on("upgrade", (req, socket, head) => {
    const isGraphql = outside.enter(req) && targetOf(req).path === "/graphql";
    if (isGraphql && !shutdown.stopping()) return sockets.upgrade(req, socket, head);
    socket.on("error", () => {});
    // A client of ours takes 404 as final, and tries again after 503.
    const status = isGraphql ? "503 Service Unavailable" : "404 Not Found";
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    rest.stop();
    await Promise.all([shutdown.close(), sockets?.stop(SOCKET_GRACE_MS)]);
    await notifications.worker.stop();
    queueWatch.stop();
    outages.stop();
    await manager.close();
    await hub.stop();
    await people.settled();
    await endPool();
  }

  /** A database that does not answer any more is not waited for. */
  async function endPool(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      log.warn("connections to the database did not end in time");
      late.resolve();
    }, POOL_GRACE_MS);
    await Promise.race([pool.end(), late.promise]).finally(() => clearTimeout(timer));
  }

  return {
    services,
    async start() {
      const known = config.peopleFile === null ? [] : readPeopleFile(config.peopleFile);
      await hub.start();
      await people.put(known);
      await notifications.warnOfUnknown();
      await manager.startTimeoutChecker();
      queueWatch.start();
      await listen(server, config);
      // Messages hold links, and the address of the links is known from here on.
      notifications.worker.start();
      const url = addressOf(server, config.host);
      const development =
        config.development && secret !== null ? await developmentAccess(config, publicUrl(), secret) : null;
      return { url, base: outside.base, publicUrl: publicUrl(), development };
    },
    stop: () => (stopped ??= stop()),
  };
}

function databaseOf({ databaseUrl, databaseListenUrl }: Config): Database {
  if (databaseUrl === null || databaseListenUrl === null) throw new Error("no database: DATABASE_URL is not set");
  return { url: databaseUrl, listenUrl: databaseListenUrl };
}

function listen(server: Server, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
}
