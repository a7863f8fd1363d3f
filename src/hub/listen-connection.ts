/**
 * One connection that listens on one channel and notices its own death. No driver detects a half-open connection (a
 * dropped NAT entry, a frozen peer), so the session is asked at intervals whether it still listens.
 *
 * postgres.js's own `listen` hides its connection, which then can be neither asked nor destroyed; hence a client of
 * exactly one connection over a socket that is ours, opened once: whoever wants another connection opens another.
 */

import { once } from "node:events";
import net from "node:net";
import postgres from "postgres";
import { UNBOUNDED } from "../db/bounds.ts";
import { parseAddress } from "../db/parse-address.ts";
import { settingsRefusal, settlingText } from "../db/session-settings.ts";

export interface ListenOptions {
  /** A direct connection: a session, not a transaction pooler. */
  url: string;
  channel: string;
  onPayload: (payload: string) => void;
  /** Between two questions, in ms. */
  heartbeatMs: number;
  /** What connecting, LISTEN and each answer may take, in ms. */
  timeoutMs: number;
}

export interface ListenConnection {
  /** Resolves with the reason once the connection is gone, whoever ended it; never rejects. */
  readonly closed: Promise<string>;
  /** Says good-bye and ends the connection, also when nobody answers. */
  close(): Promise<void>;
}

/** Shown in `pg_stat_activity`. */
export const LISTEN_APPLICATION_NAME = "countersign listen";

/**
 * Connects and listens.
 * @throws the driver's error, or one that says that the server did not answer in time
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
    connect_timeout: 0, // ours covers the way up to LISTEN
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
    // Only an error ends the wait for "connect"; afterwards "close" tells everyone, and under TLS nobody hears errors.
    socket?.destroy(socket.connecting ? new Error(`the connection was ${why}`) : undefined);
  };
  const ask = async (statement: string) => {
    const cancel = after(timeoutMs, () => destroy(`given up: no answer within ${timeoutMs} ms`));
    try {
      return await sql.unsafe(statement);
    } finally {
      cancel();
    }
  };

  try {
    await ask(settlingText(UNBOUNDED)).catch((error: unknown) => {
      throw settingsRefusal(error);
    });
    await ask(`listen ${channel}`);
  } catch (error) {
    await gone(socket);
    void sql.end({ timeout: 0 });
    throw error;
  }

  let timer: NodeJS.Timeout;
  const beat = async () => {
    try {
      const rows = await ask("select pg_listening_channels() as channel");
      if (!rows.some((row) => row.channel === channel)) destroy("given up: the session no longer listens");
      else timer = setTimeout(beat, heartbeatMs);
    } catch (error) {
      // Mostly the connection is gone already; anything else is no reason to trust it.
      if (!socket?.destroyed) destroy(`given up: ${(error as Error).message}`);
    }
  };
  timer = setTimeout(beat, heartbeatMs);
  void closed.promise.then(() => clearTimeout(timer));

  return {
    closed: closed.promise,
    async close() {
      clearTimeout(timer);
      reason = "closed by us";
      await sql.end({ timeout: 1 });
      socket?.destroy();
    },
  };
}

/** Under TLS the driver would still send its good-bye through a socket that is being destroyed, and nobody hears the error. */
async function gone(socket: net.Socket | undefined): Promise<void> {
  if (socket === undefined || socket.closed) return;
  const closed = once(socket, "close");
  socket.destroy();
  await closed;
}

/** A timeout that first lets the event loop read what arrived while it was blocked. */
function after(ms: number, action: () => void): () => void {
  let over = false;
  const timer = setTimeout(() => setImmediate(() => over || action()), ms);
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
