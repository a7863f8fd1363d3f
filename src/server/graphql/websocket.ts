/**
 * Serves GraphQL over WebSocket with the protocol core of graphql-ws on `ws`. It replaces the adapter of graphql-ws, so
 * that one timer serves all sockets, messages are parsed like HTTP bodies, and errors are logged. Operations do not
 * pass through Yoga, which would use more memory for each of them.
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
import { mark } from "../../model/marks.ts";
import type { Services } from "../../resolvers/context.ts";
import { addressOf, bearerOf, isOwnOrigin, sessionTokenOf, userAgentOf } from "../auth/credentials.ts";
import type { Identity } from "../auth/identity.ts";
import type { LiveAccess } from "../auth/live-access.ts";
import { KeysUnavailableError, UnauthenticatedError } from "../auth/token-refusals.ts";
import { HttpError, requestIdOf } from "../http.ts";
import type { ByteBudget } from "../limits/byte-budget.ts";
import { RateLimitError } from "../limits/limit-error.ts";
import type { UnauthenticatedLimits } from "../limits/unauthenticated.ts";
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
  onAccessEnd: LiveAccess["onAccessEnd"];
  unauthenticated: UnauthenticatedLimits;
  /** The budget for the unread data of all clients. */
  unread: ByteBudget;
  log: Logger;
  /** ms between pings. A socket that does not respond before the next ping is closed. Default: 12,000. */
  keepAliveMs?: number;
}

export interface Sockets {
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The number of open sockets. */
  count(): number;
  /** Closes every socket with 1001, and terminates those that do not respond within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

const CLOSE_WITHIN_MS = 5_000;
const TRY_AGAIN_LATER = 1013;
const GOING_AWAY = 1001;
const CANNOT_PARSE = CloseCode.BadRequest;
const TOO_BIG = 1009;
/** The maximum of the protocol, in bytes. */
const MOST_REASON_BYTES = 123;
const TOKEN_REQUIRED = 'A token is required: send {"Authorization": "Bearer <token>"} in connection_init.';
/** The maximum of frames in one message. */
const MOST_FRAGMENTS = 1_024;
/** Bytes of frame headers and a few pings allowed besides the first message. */
const FRAMING_BYTES = 256;

/** One socket. It copies the data of the handshake, so that the request can be freed. */
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
  /** Removes the limits for unauthenticated sockets. */
  admit: () => void = () => {};

  constructor(socket: WebSocket, req: IncomingMessage, publicUrl: string) {
    this.socket = socket;
    this.requestId = requestIdOf(req);
    this.caller = { ipAddress: addressOf(req), userAgent: userAgentOf(req) };
    this.sessionToken = isOwnOrigin(req, publicUrl) ? sessionTokenOf(req, publicUrl) : null;
  }

  /** Closes the socket, and terminates it if the client does not respond. A reason that is too long is cut. */
  close(code: number, reason: string): void {
    this.socket.close(
      code,
      Buffer.from(reason)
        .subarray(0, MOST_REASON_BYTES)
        .toString()
        .replace(/\uFFFD$/, ""),
    );
    const timer = setTimeout(() => this.socket.terminate(), CLOSE_WITHIN_MS);
    timer.unref();
    this.socket.once("close", () => clearTimeout(timer));
  }
}

export function createSockets(options: SocketsOptions): Sockets {
  const { schema, documents, engine, admission, limits, services, unauthenticated, log } = options;
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    maxFragments: MOST_FRAGMENTS,
    handleProtocols,
  });
  const connections = new Set<Connection>();
  /** Connections that have not authenticated, oldest first. */
  const pending = new Set<Connection>();
  let keepAlive: NodeJS.Timeout | undefined;

  const protocol = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: limits.unauthenticatedMs,
    async onConnect(context) {
      const { extra: connection, connectionParams = {} } = context;
      // The tokens are not needed again, and there may be 10,000 sockets.
      (context as { connectionParams?: unknown }).connectionParams = undefined;
      const token = bearerOf(authorizationIn(connectionParams)) ?? connection.sessionToken;
      connection.sessionToken = null;
      try {
        if (token === null) throw new UnauthenticatedError(TOKEN_REQUIRED);
        const identity = await options.identify(token);
        connection.admit();
        connection.identified = { viewer: identity.viewer, ...connection.caller };
        connection.release = options.onAccessEnd(identity, (reason) => connection.close(CloseCode.Forbidden, reason));
        // The socket may have closed while the token was verified.
        if (connection.socket.readyState !== WebSocket.OPEN) connection.release();
        return true;
      } catch (error) {
        if (error instanceof UnauthenticatedError) connection.close(CloseCode.Forbidden, error.message);
        // The client may try again: the user's other sockets may be broken without notice.
        else if (error instanceof RateLimitError) connection.close(TRY_AGAIN_LATER, error.message);
        else if (error instanceof KeysUnavailableError || isOutage(error)) {
          logFailure(log, "error", { err: error, requestId: connection.requestId }, "a token could not be verified");
          connection.close(TRY_AGAIN_LATER, "Try again later");
        } else throw error;
        return false;
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
        // An empty name means no name, as over HTTP.
        const operationName = payload.operationName || undefined;
        // The core does not report the end of an operation without a name match, so it fails here.
        if (getOperationAST(document, operationName) == null) {
          return [new GraphQLError("Unable to identify operation", { extensions: { code: "BAD_USER_INPUT" } })];
        }
        // The message stays in memory as long as its subscription. Messages with the same document share one string.
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
      // Many operations may finish at once. Writing all results in one turn would block everything else.
      await paced();
      return result;
    },
    subscribe: (args) => engine.subscribe(args as unknown as Operation),
    onNext: (_context, _id, _payload, _args, { errors, ...result }) =>
      errors === undefined ? undefined : { ...result, errors: errors.map(formatError) },
    // graphql-ws wraps the error of a stream. The original error is already masked.
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => formatError(error.originalError instanceof GraphQLError ? error.originalError : error)),
  });

  wss.on("connection", (socket: WebSocket, req: IncomingMessage) => {
    const connection = new Connection(socket, req, options.publicUrl(req));
    connections.add(connection);
    limitUnauthenticated(connection, req.socket);
    const uncount = options.unread.add({ bytes: () => socket.bufferedAmount, cut: () => cut(connection) });
    keepAlive ??= setInterval(pingAll, options.keepAliveMs ?? 12_000).unref();
    socket.on("error", (error) => log.debug({ err: error, requestId: connection.requestId }, "a WebSocket failed"));
    socket.on("pong", () => {
      connection.alive = true;
    });
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // Bytes, because unread text would be in the heap.
        send: (data) => send(connection, Buffer.from(data)),
        close: (code = CloseCode.InternalServerError, reason = "") => connection.close(code, reason),
        onMessage: (receive) => {
          socket.on("message", (data) => {
            // A message after a close (because of an expired token, for example) is ignored.
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
            // The core also accepts parsed messages, although its type is string.
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

  /** Limits the data that a socket sends before it authenticates, and the number of such sockets. */
  function limitUnauthenticated(connection: Connection, stream: Duplex): void {
    let received = 0;
    const take = (chunk: Buffer) => {
      received += chunk.length;
      if (received > limits.unauthenticatedBytes + FRAMING_BYTES) refuse(TOO_BIG, TOO_BIG_REASON);
      else unauthenticated.budget.grow(chunk.length);
    };
    function refuse(code: number, reason: string): void {
      connection.close(code, reason);
      connection.admit();
      // As after any protocol error: further data is discarded until the client has closed.
      stream.removeAllListeners("data");
      stream.resume();
      stream.end();
    }
    const uncount = unauthenticated.budget.add({
      bytes: () => received,
      cut: () => refuse(TRY_AGAIN_LATER, "Too much data at once"),
    });
    pending.add(connection);
    connection.admit = () => {
      stream.off("data", take);
      uncount();
      pending.delete(connection);
    };
    // Before the listener of `ws`, which buffers what arrives.
    stream.prependListener("data", take);
    if (pending.size <= limits.unauthenticatedSockets) return;
    const [oldest] = pending;
    log.warn({ requestId: oldest?.requestId }, "too many WebSockets have not authenticated; the oldest one is closed");
    oldest?.admit();
    oldest?.socket.terminate();
  }

  /** Resolves once the message is written. It references only the bytes, so that the message itself can be freed. */
  function send(connection: Connection, bytes: Buffer): Promise<void> {
    const { socket } = connection;
    return new Promise((resolve) => {
      // `ws` closes a broken socket, which ends its operations.
      if (socket.readyState !== WebSocket.OPEN) return resolve();
      // Only the data before this message counts as unread, because one message alone may be large.
      cutSlow(connection);
      if (socket.readyState !== WebSocket.OPEN) return resolve();
      mark("notified");
      socket.send(bytes, { binary: false }, () => resolve());
      if (socket.bufferedAmount > 0) options.unread.grow(bytes.length);
    });
  }

  /** Terminates a socket with too much unread data, which frees the memory at once. */
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
