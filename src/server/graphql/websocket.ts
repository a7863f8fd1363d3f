/**
 * GraphQL over WebSocket: graphql-ws' protocol core on `ws`. The adapter is our own so that one timer serves all
 * sockets, messages are parsed as HTTP bodies are, and errors go to the log. Operations do not pass through Yoga, which
 * would hold more for each of them.
 */

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { GraphQLError, type GraphQLSchema, getOperationAST } from "graphql";
import { CloseCode, handleProtocols, makeServer } from "graphql-ws";
import { WebSocket, WebSocketServer } from "ws";
import type { Limits } from "../../config/limits.ts";
import { logFailure } from "../../db/outage-log.ts";
import { isOutage } from "../../db/outages.ts";
import type { Logger } from "../../log.ts";
import type { Caller } from "../../model/approvals.ts";
import { parseJson } from "../../model/json-text.ts";
import type { Services } from "../../resolvers/context.ts";
import { KeysUnavailableError, UnauthenticatedError } from "../auth/auth.ts";
import { addressOf, bearerOf, isOwnOrigin, sessionTokenOf, userAgentOf } from "../auth/credentials.ts";
import type { Identity } from "../auth/identity.ts";
import type { LiveAccess } from "../auth/live-access.ts";
import { HttpError, requestIdOf } from "../http.ts";
import type { ByteBudget } from "../limits/byte-budget.ts";
import { RateLimitError } from "../limits/limit-error.ts";
import type { Strangers } from "../limits/strangers.ts";
import type { Admission } from "./admission.ts";
import type { Documents } from "./documents.ts";
import type { Engine, Operation } from "./engine.ts";
import { asGraphqlError, formatError, publicError } from "./errors.ts";
import { paced } from "./pace.ts";

export interface SocketsOptions {
  schema: GraphQLSchema;
  documents: Documents;
  engine: Engine;
  admission: Admission;
  limits: Limits;
  services: Services;
  publicUrl(req: IncomingMessage): string;
  /** @throws UnauthenticatedError or KeysUnavailableError */
  identify(token: string): Promise<Identity>;
  /** @throws RateLimitError */
  hold: LiveAccess["hold"];
  strangers: Strangers;
  /** Of what all clients leave unread. */
  unread: ByteBudget;
  log: Logger;
  /** ms between pings; a socket that has not answered by the next is ended. Default 12,000. */
  keepAliveMs?: number;
}

export interface Sockets {
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many are open. */
  count(): number;
  /** Closes every socket with 1001; those that do not answer within `graceMs` are cut. */
  stop(graceMs: number): Promise<void>;
}

const CLOSE_WITHIN_MS = 5_000;
const TRY_AGAIN_LATER = 1013;
const GOING_AWAY = 1001;
const CANNOT_PARSE = CloseCode.BadRequest;
const TOO_BIG = 1009;
/** Most frames of one message. */
const MOST_FRAGMENTS = 1_024;
/** Bytes of frame headers and a few pings allowed besides the first message. */
const FRAMING_BYTES = 256;

/** One socket. What the handshake tells is taken from it, so that its request need not be kept. */
class Connection {
  readonly socket: WebSocket;
  readonly requestId: string;
  readonly caller: Omit<Caller, "viewer">;
  sessionToken: string | null;
  identified: Caller | null = null;
  alive = true;
  /** Operations that have not ended. */
  running = 0;
  release: () => void = () => {};
  /** Lifts the limits of a socket that has not authenticated. */
  admit: () => void = () => {};

  constructor(socket: WebSocket, req: IncomingMessage, publicUrl: string) {
    this.socket = socket;
    this.requestId = requestIdOf(req);
    this.caller = { ipAddress: addressOf(req), userAgent: userAgentOf(req) };
    this.sessionToken = isOwnOrigin(req, publicUrl) ? sessionTokenOf(req, publicUrl) : null;
  }

  /** Closes, and cuts the connection when the other side does not answer. */
  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), CLOSE_WITHIN_MS);
    timer.unref();
    this.socket.once("close", () => clearTimeout(timer));
  }
}

export function createSockets(options: SocketsOptions): Sockets {
  const { schema, documents, engine, admission, limits, services, strangers, log } = options;
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    maxFragments: MOST_FRAGMENTS,
    handleProtocols,
  });
  const connections = new Set<Connection>();
  /** Connections that have not authenticated, oldest first. */
  const unknown = new Set<Connection>();
  let keepAlive: NodeJS.Timeout | undefined;

  const protocol = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: limits.unauthenticatedMs,
    async onConnect(context) {
      const { extra: connection, connectionParams = {} } = context;
      // Neither token is needed again; 10,000 sockets need not keep theirs.
      (context as { connectionParams?: unknown }).connectionParams = undefined;
      const token = bearerOf(authorizationIn(connectionParams)) ?? connection.sessionToken ?? "";
      connection.sessionToken = null;
      try {
        const identity = await options.identify(token);
        connection.admit();
        connection.identified = { viewer: identity.viewer, ...connection.caller };
        connection.release = options.hold(identity, (reason) => connection.close(CloseCode.Forbidden, reason));
        // It may have been closed while the token was looked at.
        if (connection.socket.readyState !== WebSocket.OPEN) connection.release();
        return true;
      } catch (error) {
        if (error instanceof UnauthenticatedError) return false;
        // Not for ever: sockets that broke may not have been noticed yet. A reason has 123 bytes at most.
        if (error instanceof RateLimitError) return connection.close(TRY_AGAIN_LATER, error.message.slice(0, 123));
        if (!(error instanceof KeysUnavailableError) && !isOutage(error)) throw error;
        logFailure(log, "error", { err: error, requestId: connection.requestId }, "a token could not be checked");
        connection.close(TRY_AGAIN_LATER, "Try again later");
      }
    },
    async onSubscribe({ extra: connection }, _id, payload) {
      const caller = connection.identified as Caller;
      const running = ++connection.running;
      let admitted = false;
      try {
        await admission.count(caller.viewer.userId);
        if (running > limits.subscriptionsPerSocket) {
          const what = "This socket has too many operations running";
          throw new RateLimitError("subscriptionsPerSocket", what, running, limits.subscriptionsPerSocket);
        }
        const document = documents.parse(payload.query);
        const faults = documents.validate(document);
        if (faults.length > 0) return faults;
        // An empty name is no name, as over HTTP.
        const operationName = payload.operationName || undefined;
        // Said here, because the core would never tell that such an operation has ended.
        if (getOperationAST(document, operationName) == null) {
          return [new GraphQLError("Unable to identify operation", { extensions: { code: "BAD_USER_INPUT" } })];
        }
        // The message stays in memory for as long as its subscription; all with the same text share one string.
        (payload as { query: string }).query = document.loc?.source.body ?? payload.query;
        const operation: Operation = {
          document,
          operationName,
          variableValues: payload.variables,
          contextValue: { services, caller, requestId: connection.requestId },
        };
        await admission.admit(operation);
        admitted = true;
        return { schema, ...operation };
      } catch (error) {
        return [error instanceof HttpError ? asGraphqlError(error) : publicError(error, connection.requestId, log)];
      } finally {
        if (!admitted) connection.running--;
      }
    },
    onComplete({ extra: connection }) {
      connection.running--;
    },
    async execute(args) {
      const result = await engine.execute(args as unknown as Operation);
      // One message may carry each of many operations; writing all their answers in one turn would stop everything else.
      await paced();
      return result;
    },
    subscribe: (args) => engine.subscribe(args as unknown as Operation),
    onNext: (_context, _id, _payload, _args, { errors, ...result }) =>
      errors === undefined ? undefined : { ...result, errors: errors.map(formatError) },
    // graphql-ws wraps what a stream threw; it was made fit to be seen where it was thrown.
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => formatError(error.originalError instanceof GraphQLError ? error.originalError : error)),
  });

  wss.on("connection", (socket: WebSocket, req: IncomingMessage) => {
    const connection = new Connection(socket, req, options.publicUrl(req));
    connections.add(connection);
    watch(connection, req.socket);
    const uncount = options.unread.add({ bytes: () => socket.bufferedAmount, cut: () => cut(connection) });
    keepAlive ??= setInterval(pingAll, options.keepAliveMs ?? 12_000).unref();
    socket.on("error", (error) => log.debug({ err: error, requestId: connection.requestId }, "a WebSocket broke"));
    socket.on("pong", () => {
      connection.alive = true;
    });
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // As bytes, outside the heap: what waits to be read would be there as text.
        send: (data) => send(connection, Buffer.from(data)),
        close: (code = CloseCode.InternalServerError, reason = "") => connection.close(code, reason),
        onMessage: (receive) => {
          socket.on("message", (data) => {
            // Nothing that arrives behind a close (an expired token, say) is carried out.
            if (socket.readyState !== WebSocket.OPEN) return;
            if (connection.identified === null && (data as Buffer).length > limits.unauthenticatedBytes) {
              return connection.close(TOO_BIG, TOO_BIG_REASON);
            }
            let message: unknown;
            try {
              message = parseJson(String(data));
            } catch {
              return connection.close(CANNOT_PARSE, "Invalid message received");
            }
            // The core takes parsed messages as well, though its type says text.
            receive(message as string).catch((error: unknown) => {
              log.error({ err: error, requestId: connection.requestId }, "unexpected error on a WebSocket");
              connection.close(CloseCode.InternalServerError, "Internal server error");
            });
          });
        },
      },
      connection,
    );
    socket.once("close", (code, reason) => {
      connections.delete(connection);
      uncount();
      connection.admit();
      connection.release();
      if (connections.size === 0) {
        clearInterval(keepAlive);
        keepAlive = undefined;
      }
      closed(code, String(reason)).catch((error: unknown) =>
        log.error({ err: error, requestId: connection.requestId }, "the operations of a closed WebSocket did not end"),
      );
    });
  });

  /** Bounds what a socket sends until it has authenticated, and how many such sockets there are. */
  function watch(connection: Connection, stream: Duplex): void {
    let received = 0;
    const take = (chunk: Buffer) => {
      received += chunk.length;
      if (received > limits.unauthenticatedBytes + FRAMING_BYTES) refuse(TOO_BIG, TOO_BIG_REASON);
      else strangers.budget.grow(chunk.length);
    };
    function refuse(code: number, reason: string): void {
      connection.close(code, reason);
      connection.admit();
      // As after any protocol error: further data is discarded until the client has closed.
      stream.removeAllListeners("data");
      stream.resume();
      stream.end();
    }
    const uncount = strangers.budget.add({
      bytes: () => received,
      cut: () => refuse(TRY_AGAIN_LATER, "Too much data at once"),
    });
    unknown.add(connection);
    connection.admit = () => {
      stream.off("data", take);
      uncount();
      unknown.delete(connection);
    };
    // Before the listener of `ws`, which buffers what arrives.
    stream.prependListener("data", take);
    if (unknown.size <= limits.unauthenticatedSockets) return;
    const [oldest] = unknown;
    log.warn({ requestId: oldest?.requestId }, "too many WebSockets have not authenticated; the oldest one is closed");
    oldest?.admit();
    oldest?.socket.terminate();
  }

  /** Resolves once the message is on its way. It holds only the bytes: nothing else of the message may wait with them. */
  function send(connection: Connection, bytes: Buffer): Promise<void> {
    const { socket } = connection;
    return new Promise((resolve) => {
      // A socket that breaks is closed by `ws`, which ends its operations; there is nobody to tell otherwise.
      if (socket.readyState !== WebSocket.OPEN) return resolve();
      // What waited before this message is what was not read; one message alone may be large.
      cutSlow(connection);
      if (socket.readyState !== WebSocket.OPEN) return resolve();
      socket.send(bytes, { binary: false }, () => resolve());
      if (socket.bufferedAmount > 0) options.unread.grow(bytes.length);
    });
  }

  /** Ends a socket for which too much waits to be read; that memory is given back at once. */
  function cutSlow(connection: Connection): void {
    const { bufferedAmount, readyState } = connection.socket;
    if (bufferedAmount > limits.unreadBytes && readyState === WebSocket.OPEN) cut(connection);
  }

  function cut({ socket, requestId }: Connection): void {
    log.warn({ requestId, unreadBytes: socket.bufferedAmount }, "a WebSocket did not read and was disconnected");
    socket.terminate();
  }

  function pingAll(): void {
    for (const connection of connections) {
      if (!connection.alive) {
        connection.socket.terminate();
        continue;
      }
      connection.alive = false;
      if (connection.socket.readyState === WebSocket.OPEN) connection.socket.ping();
    }
  }

  return {
    upgrade(req, socket, head) {
      wss.handleUpgrade(req, socket, head, (opened) => wss.emit("connection", opened, req));
    },
    count: () => connections.size,
    async stop(graceMs) {
      const open = [...connections];
      const ended = open.map(({ socket }) => new Promise<void>((resolve) => socket.once("close", () => resolve())));
      for (const { socket } of open) socket.close(GOING_AWAY, "Going away");
      const cut = setTimeout(() => {
        for (const { socket } of open) socket.terminate();
      }, graceMs);
      await Promise.all(ended);
      clearTimeout(cut);
      wss.close();
    },
  };
}

const TOO_BIG_REASON = "Too long before authentication";

function authorizationIn(params: Record<string, unknown>): unknown {
  const name = Object.keys(params).find((key) => key.toLowerCase() === "authorization");
  return name === undefined ? undefined : params[name];
}
