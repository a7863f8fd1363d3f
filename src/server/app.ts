/**
 * Builds the application. The caller starts and stops it.
 *
 * Start order: people file (an error in it stops the start before anything is open), hub, directory, timeout clock,
 * HTTP, delivery worker. HTTP starts after everything that its requests need. Stop order: new connections, sockets and
 * streams, the delivery worker, the clock, the hub, the pool.
 */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createQueueWatch } from "../approvals/commands/queue-watch.ts";
import { probeWrite } from "../approvals/commands/write-probe.ts";
import { createCore, type Database } from "../approvals/core.ts";
import { assertServable, type Config } from "../config/config.ts";
import { createOutageLog } from "../db/outage-log.ts";
import type { Logger } from "../log.ts";
import type { Services } from "../resolvers/context.ts";
import { schema } from "../schema/index.ts";
import { createAuthenticator, secretOf } from "./auth/auth.ts";
import { type DevelopmentAccess, developmentAccess } from "./auth/development.ts";
import { waitForDirectory } from "./auth/directory-wait.ts";
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
import { limitConnections } from "./limits/connections.ts";
import { createSlowReaders } from "./limits/slow-readers.ts";
import { createUnauthenticatedLimits } from "./limits/unauthenticated.ts";
import { listen } from "./listen.ts";
import { createMetrics } from "./metrics.ts";
import { createNotifications } from "./notifications.ts";
import { createPublicAddress } from "./public-address.ts";
import { createRest } from "./rest/rest.ts";
import { createRoutes } from "./routes.ts";
import { createShutdown } from "./shutdown.ts";

/** The addresses of a server that has started. */
export interface Started {
  /** Where the server listens, without `base`. */
  url: string;
  /** The path of PUBLIC_URL, below which everything is served; empty for the root. */
  base: string;
  /** The base of the links sent to people: PUBLIC_URL, or `url`. */
  publicUrl: string;
  /** Sign-in links for sample people; null outside development. */
  development: DevelopmentAccess | null;
}

/** A server: the API, the pages, the clock and the delivery of notifications. */
export interface App {
  /** Call it once. @throws PeopleFileError, ListenError, an error of the database, or StoppedError */
  start(): Promise<Started>;
  /**
   * Stops everything within a few seconds, but not the database. May be called more than once. During the start it
   * waits for the current step, after which the start fails.
   */
  stop(): Promise<void>;
  readonly services: Services;
}

/** `stop` was called before the server was ready. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
  constructor() {
    super("the server was stopped during its start");
  }
}

/** Size of the connection pool: the command queue uses two connections at a time, reads use the others. */
const POOL_SIZE = 10;
/** Longer than the idle timeout of most proxies, so that the proxy closes an idle connection first. */
const KEEP_ALIVE_MS = 65_000;
/** How often the server checks for connections whose headers are late. */
const CHECK_EVERY_MS = 1_000;
/** How long the current step of an interrupted start may take. */
const START_GRACE_MS = 5_000;
/** How long a client may take to close its socket, and the database to close its connections. */
const SOCKET_GRACE_MS = 1_000;
const POOL_GRACE_MS = 2_000;

export interface Tuning {
  /** ms between the spaces that are sent to a client that waits over REST. */
  signOfLifeMs?: number;
  /** ms that a query may take. */
  queryMs?: number;
  /** ms between two checks of the LISTEN session. */
  heartbeatMs?: number;
}

/**
 * Builds a server. It does not connect and does not listen; `start` does. The database must have all migrations.
 * @param config as `loadConfig` returns it
 * @param database Default: the database of the configuration.
 * @param tuning intervals that tests shorten
 * @throws ConfigError in production without a key; Error without a database
 *
 * @example
 * const config = loadConfig(process.env);
 * const app = buildApp(config, createLogger("info"));
 * const { publicUrl } = await app.start();
 * console.log(`Countersign is ready: ${publicUrl}`);
 * process.once("SIGTERM", () => app.stop());
 */
export function buildApp(
  config: Config,
  log: Logger,
  database: Database = databaseOf(config),
  tuning: Tuning = {},
): App {
  assertServable(config);
  const { limits } = config;
  const { pool, hub, loaders, manager } = createCore(config, log, {
    database,
    pool: { max: POOL_SIZE, query_timeout: tuning.queryMs },
    heartbeatMs: tuning.heartbeatMs,
    callerLimits: {
      callbackHosts: config.webhook.callbackHosts,
      recipientLimits: { perRequest: limits.recipientsPerRequest, perHour: limits.recipientsPerHour },
    },
  });
  const probe = () => probeWrite(pool);
  const outages = createOutageLog({ log, probe });
  const queueWatch = createQueueWatch({ stats: () => manager.commandStats(), probe, log });
  const troubles = { database: outages.trouble, commands: () => queueWatch.trouble() ?? manager.clockTrouble() };
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: limits.unauthenticatedMs,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, limits.unauthenticatedMs),
  });
  const unauthenticated = createUnauthenticatedLimits(limits);
  const body = { most: limits.unauthenticatedBytes, budget: unauthenticated.budget };
  const publicAddress = createPublicAddress(config, () => addressOf(server, config.host));
  const publicUrl = () => publicAddress.url();
  const notifications = createNotifications({ config, pool, hub, manager, publicAddress, body, log });
  const { templates } = notifications;
  const services: Services = { pool, hub, loaders, manager, templates, publicUrl };
  const access = createLiveAccess({ hub, pool, log });
  const people = createPeople(pool, log, access.learn);

  const secret = secretOf(config);
  const tokens = createSessionTokens(config, log);
  const authenticator = createAuthenticator(config, secret, tokens, log);
  async function identify(token: string): Promise<Identity> {
    const identity = await authenticator.verify(token);
    const { news, isKnown, identity: limited } = access.limit(identity);
    const noted = people.recordPerson(identity, news || !isKnown);
    if (noted === null) return limited;
    await waitForDirectory(noted);
    return access.limit(identity).identity;
  }

  async function begin(token: string): Promise<string> {
    return tokens === null ? token : tokens.begin(token, await authenticator.verify(token));
  }
  const end = access.endSession;

  const shutdown = createShutdown(server);
  const unread = createByteBudget(limits.unreadTotalBytes);
  server.on("request", createSlowReaders(limits, unread, log));
  server.on("request", unauthenticated.watch);
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
  const onAccessEnd = limitConnections(access.onAccessEnd, limits.connectionsPerViewer);
  const engine = createEngine({ schema, limits, log, metrics });
  const rest = createRest({ schema, engine, admission, limits, services, base: publicAddress.base, ...tuning });
  sockets = createSockets({
    schema,
    documents,
    engine,
    admission,
    limits,
    services,
    publicUrl: publicAddress.url,
    identify,
    onAccessEnd,
    unauthenticated,
    unread,
    log,
  });
  const { oidc, auth } = config;
  const signIn =
    oidc !== null && tokens !== null
      ? createSignIn({ provider: createProvider(oidc, auth), tokens, publicAddress, identify, end, log })
      : null;
  server.on(
    "request",
    createRoutes({
      graphiql: config.graphiql,
      publicAddress,
      identify,
      onAccessEnd,
      admission,
      limits,
      unauthenticated,
      graphql: createGraphqlHandler({ schema, documents, engine, admission, limits, services, log }),
      rest,
      session: createSessionHandler({ publicAddress, identify, begin, end, tokens, hasProvider: oidc !== null, body }),
      signIn,
      decide: notifications.decide,
      slack: notifications.slack,
      readiness: () => readiness(pool, hub, troubles),
      metrics: metrics.render,
      log,
    }),
  );
  server.on("upgrade", (req, socket, head) => {
    const isGraphql = publicAddress.enter(req) && targetOf(req).path === "/graphql";
    if (isGraphql && !shutdown.stopping()) return sockets.upgrade(req, socket, head);
    socket.on("error", () => {});
    // The client of this package treats 404 as final, and tries again after 503.
    const status = isGraphql ? "503 Service Unavailable" : "404 Not Found";
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });

  let started: Promise<unknown> | undefined;
  let stopped: Promise<void> | undefined;

  async function start(): Promise<void> {
    const known = config.peopleFile === null ? [] : readPeopleFile(config.peopleFile);
    const steps: (() => unknown)[] = [
      () => hub.start(),
      () => people.put(known),
      () => notifications.warnOfUnknown(),
      () => manager.startTimeoutChecker(),
      () => queueWatch.start(),
      () => listen(server, config),
      // Messages have links, whose address is known only once the server listens.
      () => notifications.worker.start(),
    ];
    for (const step of steps) {
      if (stopped !== undefined) throw new StoppedError();
      await step();
    }
    if (stopped !== undefined) throw new StoppedError();
  }

  async function stop(): Promise<void> {
    // The current step of the start would use what is about to be closed.
    if (started !== undefined)
      await within(
        START_GRACE_MS,
        started.catch(() => {}),
        "the start did not end in time",
      );
    rest.stop();
    await Promise.all([shutdown.close(), sockets?.stop(SOCKET_GRACE_MS)]);
    await notifications.worker.stop();
    queueWatch.stop();
    outages.stop();
    await manager.close();
    await hub.stop();
    await people.settled();
    await within(POOL_GRACE_MS, pool.end(), "the database connections did not close in time");
  }

  /** Does not wait for a database that no longer responds. */
  async function within(ms: number, work: Promise<unknown>, warning: string): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      log.warn(warning);
      late.resolve();
    }, ms);
    await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
  }

  return {
    services,
    async start() {
      started = start();
      await started;
      const url = addressOf(server, config.host);
      const development =
        config.development && secret !== null ? await developmentAccess(config, publicUrl(), secret) : null;
      return { url, base: publicAddress.base, publicUrl: publicUrl(), development };
    },
    stop: () => (stopped ??= stop()),
  };
}

function databaseOf({ databaseUrl, databaseListenUrl }: Config): Database {
  if (databaseUrl === null || databaseListenUrl === null) throw new Error("no database: DATABASE_URL is not set");
  return { url: databaseUrl, listenUrl: databaseListenUrl };
}

function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
}
