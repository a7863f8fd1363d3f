/**
 * A connection that listens on one channel and detects that it is dead. No driver detects a half-open connection (a
 * dropped NAT entry, a frozen peer), so a heartbeat asks the session at intervals whether it still listens.
 *
 * `listen` of postgres.js hides its connection, which therefore can be neither queried nor destroyed. So this module
 * creates a client with exactly one connection over its own socket, which is opened once. For another connection, the
 * caller calls it again.
 */

import { once } from "node:events";
import net from "node:net";
import postgres from "postgres";
import { UNBOUNDED } from "../db/bounds.ts";
import { parseAddress } from "../db/parse-address.ts";
import { settingsError, settingsStatement } from "../db/session-settings.ts";

export interface ListenOptions {
  /** A direct connection: a session, not a transaction pooler. */
  url: string;
  channel: string;
  onPayload: (payload: string) => void;
  /** Between two heartbeats, in ms. */
  heartbeatMs: number;
  /** Timeout for connecting, for LISTEN and for each answer, in ms. */
  timeoutMs: number;
}

export interface ListenConnection {
  /** Resolves with the reason when the connection has ended, on either side. Never rejects. */
  readonly closed: Promise<string>;
  /** Terminates the session and ends the connection, even if the server does not answer. */
  close(): Promise<void>;
}

/** Shown in `pg_stat_activity`. */
export const LISTEN_APPLICATION_NAME = "countersign listen";

/**
 * Connects and listens.
 * @throws the driver's error, or an error that the server did not answer in time
 */
export async function openListenConnection(options: ListenOptions): Promise<ListenConnection> {
  const { channel, heartbeatMs, timeoutMs } = options;
  const closed = Promise.withResolvers<string>();
  const address = parseAddress(options.url);
  let socket: net.Socket | undefined;
  let reason = "closed by the server or the network";

  const sql = postgres({
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    password: address.password,
    ssl: address.ssl,
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 0, // `timeoutMs` covers everything up to LISTEN
    fetch_types: false,
    connection: { application_name: LISTEN_APPLICATION_NAME },
    onnotice: () => {},
    onclose: () => closed.resolve(reason),
    onnotify: (_channel: string, payload: string) => options.onPayload(payload),
    socket: async () => {
      // A second call is the driver's own, unbounded reconnect of a connection that closed before it was ready.
      if (socket) throw new Error(`the connection was ${reason} before it was ready`);
      socket = net.connect(address.path ? { path: address.path } : { host: address.host, port: address.port });
      // Under TLS the driver listens to the socket above this one only; a reset here would end the process.
      socket.on("error", () => {});
      await once(socket, "connect");
      return Object.assign(socket, { host: address.host, port: address.port });
    },
    // The driver's types do not know `onnotify` and `socket`.
  } as postgres.Options<Record<string, postgres.PostgresType>>);

  const destroy = (why: string) => {
    reason = why;
    // Only an error ends the wait for "connect". Afterwards "close" is emitted, and under TLS nothing listens to
    // errors.
    socket?.destroy(socket.connecting ? new Error(`the connection was ${why}`) : undefined);
  };
  const ask = async (statement: string) => {
    const cancel = after(timeoutMs, () => destroy(`abandoned: no answer within ${timeoutMs} ms`));
    try {
      return await sql.unsafe(statement);
    } finally {
      cancel();
    }
  };

  try {
    await ask(settingsStatement(UNBOUNDED)).catch((error: unknown) => {
      throw settingsError(error);
    });
    await ask(`listen ${channel}`);
  } catch (error) {
    await destroyed(socket);
    void sql.end({ timeout: 0 });
    throw error;
  }

  let timer: NodeJS.Timeout;
  const beat = async () => {
    try {
      const rows = await ask("select pg_listening_channels() as channel");
      if (!rows.some((row) => row.channel === channel)) destroy("abandoned: the session no longer listens");
      else timer = setTimeout(beat, heartbeatMs);
    } catch (error) {
      // Usually the connection has already ended. After any other error it cannot be trusted either.
      if (!socket?.destroyed) destroy(`abandoned: ${(error as Error).message}`);
    }
  };
  timer = setTimeout(beat, heartbeatMs);
  void closed.promise.then(() => clearTimeout(timer));

  return {
    closed: closed.promise,
    async close() {
      clearTimeout(timer);
      reason = "closed by this process";
      await sql.end({ timeout: 1 });
      socket?.destroy();
    },
  };
}

/** Waits for the end of the socket: under TLS the driver would still write to it, and nothing listens to the error. */
async function destroyed(socket: net.Socket | undefined): Promise<void> {
  if (socket === undefined || socket.closed) return;
  const closed = once(socket, "close");
  socket.destroy();
  await closed;
}

/** A timeout that first lets the event loop read data that arrived while it was blocked. */
function after(ms: number, action: () => void): () => void {
  let isCancelled = false;
  const timer = setTimeout(() => setImmediate(() => isCancelled || action()), ms);
  return () => {
    isCancelled = true;
    clearTimeout(timer);
  };
}
