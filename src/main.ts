/** Starts the server: configuration, database, migrations, application. Stops everything in reverse order. */

import { assertServable, type Config, loadConfig, logLevelOf } from "./config/config.ts";
import { unknownVariableMessage, unknownVariables } from "./config/unknown-variables.ts";
import { type EmbeddedDatabase, startEmbedded } from "./db/embedded/embedded.ts";
import { migrate } from "./db/migrate.ts";
import { createLogger, type Logger, runOrExit } from "./log.ts";

/** npm forwards an interrupt that the terminal has already sent to this process. Only a later one means "stop now". */
const SAME_INTERRUPT_MS = 1_000;
const STOP_DEADLINE_MS = 30_000;

/**
 * Runs the server until a signal stops it.
 * @throws the error that stops the start, with a message of one line
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const log = createLogger(logLevelOf(env));
  logWarnings(log);
  // Before any check fails, because a missing variable may be set under a misspelled name.
  for (const variable of unknownVariables(env)) log.warn(unknownVariableMessage(variable));
  const given = loadConfig(env);
  assertServable(given);
  const running = new AsyncDisposableStack();
  endOnSignals(running, log);
  try {
    for (const { name, replacement } of given.retired)
      log.warn(`${name} no longer has an effect; instead: ${replacement}`);
    const starting = given.databaseUrl === null ? withEmbedded(given, running, log) : given;
    // These modules load while PostgreSQL, another process, starts and migrates.
    const loading = import("./server/app.ts");
    loading.catch(() => {}); // Awaited below, unless the database fails first.
    const config = await starting;
    const { databaseListenUrl } = config;
    if (databaseListenUrl !== null)
      await interruptible(running, (signal) => migrate(databaseListenUrl, { log, signal }));
    const { buildApp } = await loading;
    const app = buildApp(config, log);
    running.defer(() => app.stop());
    const { url, base, development } = await app.start();
    // Logged at any LOG_LEVEL: with PORT=0 there is no other way to find the port.
    const readyLog = createLogger("info");
    readyLog.info({ url }, `Countersign is ready: ${url}${base}/ (GraphQL at ${url}${base}/graphql)`);
    for (const { userId, can, url: link } of development?.signIns ?? []) {
      readyLog.info(`Sign in as ${userId}, who ${can}: ${link}`);
    }
    if (development)
      readyLog.info(`A token for a workflow, which may create requests on behalf of others: ${development.token}`);
  } catch (error) {
    // A signal came during the start. Its handler ends the process after everything has stopped.
    if (running.disposed) return;
    await running.disposeAsync();
    throw error;
  }
}

async function withEmbedded(config: Config, running: AsyncDisposableStack, log: Logger): Promise<Config> {
  const database: EmbeddedDatabase = await startEmbedded({ dataDir: config.dataDir, log });
  running.defer(() => database.stop());
  void database.ended.then(() => {
    if (running.disposed) return;
    log.fatal("the embedded PostgreSQL has stopped unexpectedly");
    process.exit(1);
  });
  return Object.freeze({ ...config, databaseUrl: database.url, databaseListenUrl: database.url });
}

/** Runs a step of the start. Stopping ends the step first, because it uses what is stopped after it. */
async function interruptible<T>(running: AsyncDisposableStack, step: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const ended = step(stop.signal);
  running.defer(async () => {
    stop.abort();
    await ended.catch(() => {});
  });
  return ended;
}

/** Logs warnings of Node.js and of libraries, which Node.js would print as text between the JSON lines. */
function logWarnings(log: Logger): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => log.warn({ err: warning }, "warning from Node.js or a library"));
}

function endOnSignals(running: AsyncDisposableStack, log: Logger): void {
  let firstAt: number | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt > SAME_INTERRUPT_MS) process.exit(1);
      return;
    }
    firstAt = performance.now();
    log.info(`${signal}: stopping`);
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
    try {
      await running.disposeAsync();
      process.exit(0);
    } catch (error) {
      log.fatal({ err: error }, "could not shut down cleanly");
      process.exit(1);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  for (const event of ["unhandledRejection", "uncaughtException"] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, "stopped by an unexpected error");
      process.exit(1);
    });
  }
}

if (import.meta.main) await runOrExit(() => serve(process.env));
