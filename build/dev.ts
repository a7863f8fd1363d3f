/**
 * `npm run dev`: the server, restarted when one of its files changes, and the inbox with live reload in front of it. The
 * embedded PostgreSQL belongs to this process, so that a restart of the server takes about a second. Ctrl-C stops everything.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createSocket } from "node:net";
import { createServer } from "vite";
import { type Config, loadConfig } from "../src/config/config.ts";
import { startEmbedded } from "../src/db/embedded/embedded.ts";
import { createLogger, runOrExit } from "../src/log.ts";
import { checkPort } from "../src/server/listen.ts";
import { PROJECT } from "./entries.ts";

const WEB_PORT = 5173;

const log = createLogger("info");
const running = new AsyncDisposableStack();

/** The first interrupt may come twice: from the terminal and from npm. */
let stopping: Promise<void> | undefined;
async function stop(code: number): Promise<void> {
  stopping ??= running.disposeAsync();
  await stopping;
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));

await runOrExit(async () => {
  try {
    await start();
  } catch (error) {
    if (stopping === undefined) await running.disposeAsync();
    throw error;
  }
});

async function start(): Promise<void> {
  const config = loadConfig(process.env);
  // `node --watch` would not end if the server could not listen.
  await checkPort(config);
  const port = config.port === 0 ? await freePort() : config.port;
  const databaseUrl = config.databaseUrl ?? (await startDatabase(config));
  const web = await startWeb(config, `http://${config.host}:${port}`);
  const server = startServer({
    PORT: String(port),
    // Links lead to the inbox with live reload, whose server passes everything else on.
    PUBLIC_URL: process.env.PUBLIC_URL || web,
    DATABASE_URL: databaseUrl,
  });
  void once(server, "exit").then(() => stopping ?? stop(1));
  log.info({ web }, `The inbox with live reload is at ${web}/; \`npm run seed\` fills it with sample requests`);
}

async function startDatabase({ dataDir }: Config): Promise<string> {
  const database = await startEmbedded({ dataDir, log });
  running.defer(() => database.stop());
  return database.url;
}

/** @param server the target of all requests that are not for the inbox @returns the address of the inbox */
async function startWeb({ host, port }: Config, server: string): Promise<string> {
  process.env.COUNTERSIGN_URL = server; // read by vite.config.ts
  const vite = await createServer({
    root: `${PROJECT}/web`,
    configFile: `${PROJECT}/web/vite.config.ts`,
    clearScreen: false,
    server: { host, port: port === 0 ? await freePort() : WEB_PORT },
  });
  running.defer(() => vite.close());
  await vite.listen();
  const [address = ""] = vite.resolvedUrls?.local ?? [];
  return address.replace(/\/$/, "");
}

/** Node.js watches the files that the server has loaded. */
function startServer(env: NodeJS.ProcessEnv): ChildProcess {
  const flags = ["--watch", "--watch-preserve-output"];
  const server = spawn(process.execPath, [...flags, "src/main.ts"], {
    cwd: PROJECT,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  running.defer(async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
  });
  return server;
}

async function freePort(): Promise<number> {
  const socket = createSocket().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as { port: number };
  socket.close();
  await once(socket, "close");
  return port;
}
