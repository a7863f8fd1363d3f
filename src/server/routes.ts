/** Which path answers what. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Limits } from "../config/limits.ts";
import type { Logger } from "../log.ts";
import type { Caller, Viewer } from "../model/approvals.ts";
import { KeysUnavailableError, UnauthenticatedError } from "./auth/auth.ts";
import { addressOf, ForeignOriginError, tokenOf, userAgentOf } from "./auth/credentials.ts";
import type { Identity } from "./auth/identity.ts";
import type { LiveAccess } from "./auth/live-access.ts";
import type { SignIn } from "./auth/sign-in.ts";
import { tooLong } from "./body.ts";
import type { Admission } from "./graphql/admission.ts";
import { asUnavailable, INTERNAL } from "./graphql/errors.ts";
import type { GraphqlHandler } from "./graphql/yoga.ts";
import type { Readiness } from "./health.ts";
import { HttpError, requestIdOf, sendGraphqlError, sendJson, sendProblem, targetOf } from "./http.ts";
import type { Strangers } from "./limits/strangers.ts";
import type { Outside } from "./outside.ts";
import { sendGraphiql } from "./pages/graphiql.ts";
import { sendPage } from "./pages/layout.ts";
import { signInPage } from "./pages/sign-in.ts";
import { sendRestProblem } from "./rest/problems.ts";
import type { Rest } from "./rest/rest.ts";
import type { Hold } from "./rest/waits.ts";
import { securityHeaders } from "./security-headers.ts";
import { createWebPages } from "./web-pages.ts";

export interface RoutesOptions {
  graphiql: boolean;
  outside: Outside;
  /** @throws UnauthenticatedError or KeysUnavailableError */
  identify(token: string): Promise<Identity>;
  /** @throws RateLimitError */
  hold: LiveAccess["hold"];
  admission: Admission;
  limits: Limits;
  strangers: Strangers;
  graphql: GraphqlHandler;
  rest: Rest;
  session(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Null where people cannot sign in at a provider. */
  signIn: SignIn | null;
  /** The page that a mail leads to. */
  decide: Handler;
  /** What is pressed in Slack; null where Slack is not configured. */
  slack: Handler | null;
  readiness(): Promise<Readiness>;
  metrics(): Promise<{ type: string; text: string }>;
  log: Logger;
}

type Handler = (req: IncomingMessage, res: ServerResponse, requestId: string) => Promise<void> | void;
interface Route {
  methods: readonly string[];
  handle: Handler;
  /** How an error is written; problem details where it is left out. */
  sendError?: typeof sendGraphqlError;
}

const READING = ["GET", "HEAD"];
/** What those ask who reach the server directly: at the root as well, where everything else is below a path. */
const PROBES = new Set(["/healthz", "/readyz", "/metrics"]);

/** The listener of the HTTP server; it never throws, and answers every request with an `X-Request-Id`. */
export function createRoutes(options: RoutesOptions): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const { log, outside, signIn, admission, limits } = options;
  const web = createWebPages({ graphiql: options.graphiql, base: outside.base }, log);
  const signInHere = signInPage(signIn !== null, outside.base);

  const sendRestError = (res: ServerResponse, error: HttpError) => sendRestProblem(res, error, outside.base);

  async function graphql(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> {
    if (options.graphiql && wantsGraphiql(req)) return sendGraphiql(req, res, outside.base);
    const identity = await identifyRequest(req);
    if (Number(req.headers["content-length"]) > limits.bodyBytes) {
      req.resume();
      throw tooLong(limits.bodyBytes);
    }
    // An event stream lasts no longer than the token that opened it, as a WebSocket does.
    let held = false;
    const hold = () => {
      if (held) return;
      held = true;
      // nginx would collect the events, and pass them on many at a time.
      res.setHeader("X-Accel-Buffering", "no");
      res.once(
        "close",
        options.hold(identity, () => res.destroy()),
      );
    };
    // Who asks for a stream is refused one too many in plain words; others are met where their stream begins.
    if (String(req.headers.accept).includes("text/event-stream")) hold();
    res.setHeader("Cache-Control", "no-store");
    await options.graphql(req, res, { caller: callerOf(req, identity.viewer), requestId, hold });
  }

  function restAt(path: string): Route | undefined {
    const address = options.rest.find(path);
    if (address === null) return undefined;
    return {
      methods: address.methods,
      async handle(req, res, requestId) {
        const identity = await identifyRequest(req);
        const hold: Hold = (end) => options.hold(identity, end);
        await address.handle(req, res, { caller: callerOf(req, identity.viewer), hold, requestId });
      },
    };
  }

  function pageAt(path: string): Route | undefined {
    const handle = web.find(path);
    return handle && { methods: READING, handle };
  }

  /** Who asks; each time counts as an operation. */
  async function identifyRequest(req: IncomingMessage): Promise<Identity> {
    try {
      const identity = await options.identify(tokenOf(req, outside.url(req)));
      options.strangers.admit(req);
      await admission.count(identity.viewer.userId);
      return identity;
    } catch (error) {
      req.resume();
      throw error;
    }
  }

  const routes = new Map<string, Route>([
    ["/graphql", { methods: ["GET", "POST"], handle: graphql, sendError: sendGraphqlError }],
    ["/session", { methods: ["GET", "HEAD", "POST", "DELETE"], handle: options.session }],
    // They describe what is public with the source, so they take no token.
    ["/api/openapi.json", { methods: READING, handle: (_req, res) => sendJson(res, 200, options.rest.openApi()) }],
    ["/api/docs", { methods: READING, handle: (_req, res) => sendPage(res, options.rest.docs()) }],
    ["/sign-in", { methods: READING, handle: (_req, res) => sendPage(res, signInHere) }],
    ["/healthz", { methods: READING, handle: (_req, res) => sendJson(res, 200, { status: "alive" }) }],
    [
      "/readyz",
      {
        methods: READING,
        handle: async (_req, res) => {
          const { ready, parts } = await options.readiness();
          sendJson(res, ready ? 200 : 503, { status: ready ? "ready" : "not ready", ...parts });
        },
      },
    ],
    [
      "/metrics",
      {
        methods: READING,
        handle: async (req, res) => {
          const { type, text } = await options.metrics();
          res.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" });
          res.end(req.method === "HEAD" ? undefined : text);
        },
      },
    ],
  ]);

  routes.set("/decide", { methods: [...READING, "POST"], handle: options.decide });
  if (options.slack !== null) {
    routes.set("/integrations/slack/interactions", { methods: ["POST"], handle: options.slack });
  }
  if (signIn !== null) {
    routes.set("/auth/login", { methods: ["GET"], handle: signIn.login });
    routes.set("/auth/callback", { methods: ["GET"], handle: signIn.callback });
    routes.set("/auth/logout", { methods: ["POST"], handle: signIn.logout });
  }

  return async (req, res) => {
    const isInside = outside.enter(req);
    const requestId = requestIdOf(req);
    res.setHeader("X-Request-Id", requestId);
    const isHttps = outside.url(req).startsWith("https:");
    for (const [name, value] of securityHeaders(isHttps)) res.setHeader(name, value);
    const { path } = targetOf(req);
    const found = () => routes.get(path) ?? restAt(path) ?? pageAt(path);
    const route = isInside ? found() : PROBES.has(path) ? routes.get(path) : undefined;
    try {
      if (route === undefined) {
        req.resume();
        if (isInside && web.unknown !== undefined && isTyped(req, path)) return void (await web.unknown(req, res));
        throw new HttpError(404, "NOT_FOUND", `Not found: ${path.slice(0, 200)}.`);
      }
      if (!route.methods.includes(req.method ?? "")) {
        req.resume();
        const allowed = route.methods.join(", ");
        throw new HttpError(405, "METHOD_NOT_ALLOWED", `${path} takes ${allowed}, not ${req.method}.`, {
          Allow: allowed,
        });
      }
      await route.handle(req, res, requestId);
    } catch (error) {
      if (res.headersSent || res.destroyed) {
        log.debug({ err: error, requestId }, "a request failed after its answer had begun");
        // Over HTTP/1.0 the end of the connection is the end of an answer: only a reset says that this one is broken.
        if (req.httpVersion === "1.0") res.socket?.resetAndDestroy();
        else res.destroy();
      } else {
        const send = route?.sendError ?? (path.startsWith("/api/") ? sendRestError : sendProblem);
        send(res, asHttpError(error, requestId, log));
      }
    }
  };
}

const callerOf = (req: IncomingMessage, viewer: Viewer): Caller => ({
  viewer,
  ipAddress: addressOf(req),
  userAgent: userAgentOf(req),
});

/** A browser that opens the address, rather than a program that runs an operation. */
function wantsGraphiql(req: IncomingMessage): boolean {
  if (req.method !== "GET" || !String(req.headers.accept ?? "").includes("text/html")) return false;
  // Links to GraphiQL may carry a query for its editor; only pages are navigated to.
  return !new URLSearchParams(targetOf(req).query).has("query") || req.headers["sec-fetch-mode"] === "navigate";
}

/** An address that a person typed or followed, rather than a program's mistake. */
const isTyped = (req: IncomingMessage, path: string): boolean =>
  READING.includes(req.method ?? "") &&
  !/^\/(api|assets)\//.test(path) &&
  String(req.headers.accept ?? "").includes("text/html");

function asHttpError(error: unknown, requestId: string, log: Logger): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof UnauthenticatedError) {
    return new HttpError(401, "UNAUTHENTICATED", error.message, { "WWW-Authenticate": "Bearer" });
  }
  if (error instanceof ForeignOriginError) return new HttpError(403, "FORBIDDEN", error.message);
  if (error instanceof KeysUnavailableError) {
    log.error({ err: error, requestId }, "a token could not be checked");
    return new HttpError(503, "UNAVAILABLE", "The token cannot be verified now.", { "Retry-After": "5" });
  }
  const away = asUnavailable(error, requestId, log);
  if (away !== null) return away;
  log.error({ err: error, requestId }, "unexpected error in a request");
  return new HttpError(500, INTERNAL, `Unexpected error. Ask with request id ${requestId}.`);
}
