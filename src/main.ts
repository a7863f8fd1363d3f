/** Starts everything: configuration, database, migrations, application; and ends it in the opposite order. */

import { assertServable, type Config, loadConfig, logLevelOf } from "./config/config.ts";
import { ConfigError } from "./config/environment.ts";
import { unknownVariables, wordsOfUnknown } from "./config/variables.ts";
import { type EmbeddedDatabase, startEmbedded } from "./db/embedded/embedded.ts";
import { migrate } from "./db/migrate.ts";
import { createLogger, type Logger, runOrExit } from "./log.ts";
import { buildApp } from "./server/app.ts";

/** npm passes on the interrupt that the terminal has sent here already; only a later one means "at once". */
const SAME_INTERRUPT_MS = 1_000;
const STOP_DEADLINE_MS = 30_000;

/**
 * Runs the server until a signal ends it.
 * @throws what stops the start, with a message of one line
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const log = createLogger(logLevelOf(env));
  logWarnings(log);
  // Before anything stops the start: what it lacks may be there under a misspelled name.
  for (const variable of unknownVariables(env)) log.warn(wordsOfUnknown(variable));
  const given = loadConfig(env);
  assertServable(given);
  const running = new AsyncDisposableStack();
  endOnSignals(running, log);
  try {
    for (const { name, replacement } of given.retired)
      log.warn(`${name} does nothing any more; instead: ${replacement}`);
    const config = given.databaseUrl === null ? await withEmbedded(given, running, log) : given;
    if (config.databaseListenUrl !== null) await migrate(config.databaseListenUrl, { log });
    const app = buildApp(config, log);
    running.defer(() => app.stop());
    const { url, base, development } = await app.start();
    // Said whatever LOG_LEVEL is: with PORT=0 there is no other way to learn it.
    const said = createLogger("info");
    said.info({ url }, `Countersign is ready: ${url}${base}/ (GraphQL at ${url}${base}/graphql)`);
    for (const { userId, can, url: link } of development?.signIns ?? []) {
      said.info(`Sign in as ${userId}, who ${can}: ${link}`);
    }
    if (development)
      said.info(`A token for the job handler, which may make requests on behalf of others: ${development.token}`);
  } catch (error) {
    // A signal came during the start: it ends the process, and waits for what it stops.
    if (running.disposed) return;
    await running.disposeAsync();
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") {
      throw new ConfigError(
        "PORT",
        String(given.port),
        `a port that nothing else uses on ${given.host}, or 0 for a free one`,
      );
    }
    throw error;
  }
}

async function withEmbedded(config: Config, running: AsyncDisposableStack, log: Logger): Promise<Config> {
  const database: EmbeddedDatabase = await startEmbedded({ dataDir: config.dataDir, log });
  running.defer(() => database.stop());
  void database.ended.then(() => {
    if (running.disposed) return;
    log.fatal("the embedded PostgreSQL has ended by itself");
    process.exit(1);
  });
  return Object.freeze({ ...config, databaseUrl: database.url, databaseListenUrl: database.url });
}

/** Node.js prints warnings, its own and those of libraries, as text between the JSON lines of the log. */
function logWarnings(log: Logger): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => log.warn({ err: warning }, "Node.js or a library warns"));
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
      log.fatal({ err: error }, "could not stop in order");
      process.exit(1);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  for (const event of ["unhandledRejection", "uncaughtException"] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, "ended by an unexpected error");
      process.exit(1);
    });
  }
}

if (import.meta.main) await runOrExit(() => serve(process.env));
