/** Maps paths to handlers. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Limits } from "../config/limits.ts";
import type { Logger } from "../log.ts";
import type { Caller, Viewer } from "../model/approvals.ts";
import { mark } from "../model/marks.ts";
import { addressOf, ForeignOriginError, tokenOf, userAgentOf } from "./auth/credentials.ts";
import type { Identity } from "./auth/identity.ts";
import type { LiveAccess } from "./auth/live-access.ts";
import type { SignIn } from "./auth/sign-in.ts";
import { KeysUnavailableError, UnauthenticatedError } from "./auth/token-refusals.ts";
import { tooLong } from "./body.ts";
import type { Admission } from "./graphql/admission.ts";
import { asUnavailable, INTERNAL } from "./graphql/errors.ts";
import type { GraphqlHandler } from "./graphql/yoga.ts";
import type { Readiness } from "./health.ts";
import { HttpError, requestIdOf, sendGraphqlError, sendJson, sendProblem, targetOf } from "./http.ts";
import type { UnauthenticatedLimits } from "./limits/unauthenticated.ts";
import { sendGraphiql } from "./pages/graphiql.ts";
import { sendPage } from "./pages/layout.ts";
import { signInPage } from "./pages/sign-in.ts";
import type { PublicAddress } from "./public-address.ts";
import { sendRestProblem } from "./rest/problems.ts";
import type { Rest } from "./rest/rest.ts";
import type { OnAccessEnd } from "./rest/waits.ts";
import { securityHeaders } from "./security-headers.ts";
import { createWebPages } from "./web-pages.ts";

export interface RoutesOptions {
  graphiql: boolean;
  publicAddress: PublicAddress;
  /** @throws UnauthenticatedError or KeysUnavailableError */
  identify(token: string): Promise<Identity>;
  /** @throws RateLimitError */
  onAccessEnd: LiveAccess["onAccessEnd"];
  admission: Admission;
  limits: Limits;
  unauthenticated: UnauthenticatedLimits;
  graphql: GraphqlHandler;
  rest: Rest;
  session(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Null if people cannot sign in at a provider. */
  signIn: SignIn | null;
  /** Handles the decision link of an email. */
  decide: Handler;
  /** Handles buttons and dialogs in Slack; null if Slack is not configured. */
  slack: Handler | null;
  readiness(): Promise<Readiness>;
  metrics(): Promise<{ type: string; text: string }>;
  log: Logger;
}

type Handler = (req: IncomingMessage, res: ServerResponse, requestId: string) => Promise<void> | void;
interface Route {
  methods: readonly string[];
  handle: Handler;
  /** Sends an error. Default: problem details. */
  sendError?: typeof sendGraphqlError;
}

const READ_METHODS = ["GET", "HEAD"];
/** Paths for probes, which connect directly. They are also at the root if everything else is below a path. */
const PROBES = new Set(["/healthz", "/readyz", "/metrics"]);

/** The listener of the HTTP server. It never throws, and every response has an `X-Request-Id`. */
export function createRoutes(options: RoutesOptions): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const { log, publicAddress, signIn, admission, limits } = options;
  const web = createWebPages({ graphiql: options.graphiql, base: publicAddress.base }, log);
  const signInHere = signInPage(signIn !== null, publicAddress.base);

  const sendRestError = (res: ServerResponse, error: HttpError) => sendRestProblem(res, error, publicAddress.base);

  async function graphql(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> {
    if (options.graphiql && wantsGraphiql(req)) return sendGraphiql(req, res, publicAddress.base);
    mark("received");
    const identity = await identifyRequest(req);
    mark("identified");
    if (Number(req.headers["content-length"]) > limits.bodyBytes) {
      req.resume();
      throw tooLong(limits.bodyBytes);
    }
    // An event stream ends when its token expires, like a WebSocket.
    let isRegistered = false;
    const endWithToken = () => {
      if (isRegistered) return;
      isRegistered = true;
      // Otherwise nginx would buffer the events.
      res.setHeader("X-Accel-Buffering", "no");
      res.once(
        "close",
        options.onAccessEnd(identity, () => res.destroy()),
      );
    };
    // A client that asks for a stream receives the limit error as a plain response. For others `yoga.ts` makes this call.
    if (String(req.headers.accept).includes("text/event-stream")) endWithToken();
    res.setHeader("Cache-Control", "no-store");
    await options.graphql(req, res, { caller: callerOf(req, identity.viewer), requestId, endWithToken });
  }

  function restAt(path: string): Route | undefined {
    const address = options.rest.find(path);
    if (address === null) return undefined;
    return {
      methods: address.methods,
      async handle(req, res, requestId) {
        const identity = await identifyRequest(req);
        const onAccessEnd: OnAccessEnd = (end) => options.onAccessEnd(identity, end);
        await address.handle(req, res, { caller: callerOf(req, identity.viewer), onAccessEnd, requestId });
      },
    };
  }

  function pageAt(path: string): Route | undefined {
    const handle = web.find(path);
    return handle && { methods: READ_METHODS, handle };
  }

  /** Identifies the caller. Each call counts as an operation. */
  async function identifyRequest(req: IncomingMessage): Promise<Identity> {
    try {
      const identity = await options.identify(tokenOf(req, publicAddress.url(req)));
      options.unauthenticated.admit(req);
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
    // The API is public, so its description needs no token.
    ["/api/openapi.json", { methods: READ_METHODS, handle: (_req, res) => sendJson(res, 200, options.rest.openApi()) }],
    ["/api/docs", { methods: READ_METHODS, handle: (_req, res) => sendPage(res, options.rest.docs()) }],
    ["/sign-in", { methods: READ_METHODS, handle: (_req, res) => sendPage(res, signInHere) }],
    ["/healthz", { methods: READ_METHODS, handle: (_req, res) => sendJson(res, 200, { status: "alive" }) }],
    [
      "/readyz",
      {
        methods: READ_METHODS,
        handle: async (_req, res) => {
          const { ready, parts } = await options.readiness();
          sendJson(res, ready ? 200 : 503, { status: ready ? "ready" : "not ready", ...parts });
        },
      },
    ],
    [
      "/metrics",
      {
        methods: READ_METHODS,
        handle: async (req, res) => {
          const { type, text } = await options.metrics();
          res.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" });
          res.end(req.method === "HEAD" ? undefined : text);
        },
      },
    ],
  ]);

  routes.set("/decide", { methods: [...READ_METHODS, "POST"], handle: options.decide });
  if (options.slack !== null) {
    routes.set("/integrations/slack/interactions", { methods: ["POST"], handle: options.slack });
  }
  if (signIn !== null) {
    routes.set("/auth/login", { methods: ["GET"], handle: signIn.login });
    routes.set("/auth/callback", { methods: ["GET"], handle: signIn.callback });
    routes.set("/auth/logout", { methods: ["POST"], handle: signIn.logout });
  }

  return async (req, res) => {
    const isBelowBase = publicAddress.enter(req);
    const requestId = requestIdOf(req);
    res.setHeader("X-Request-Id", requestId);
    const isHttps = publicAddress.url(req).startsWith("https:");
    for (const [name, value] of securityHeaders(isHttps)) res.setHeader(name, value);
    const { path } = targetOf(req);
    const found = () => routes.get(path) ?? restAt(path) ?? pageAt(path);
    const route = isBelowBase ? found() : PROBES.has(path) ? routes.get(path) : undefined;
    try {
      if (route === undefined) {
        req.resume();
        if (isBelowBase && web.unknown !== undefined && isPageRequest(req, path))
          return void (await web.unknown(req, res));
        throw new HttpError(404, "NOT_FOUND", `Not found: ${path.slice(0, 200)}.`);
      }
      if (!route.methods.includes(req.method ?? "")) {
        req.resume();
        const allowed = route.methods.join(", ");
        throw new HttpError(405, "METHOD_NOT_ALLOWED", `${path} supports ${allowed}, not ${req.method}.`, {
          Allow: allowed,
        });
      }
      await route.handle(req, res, requestId);
    } catch (error) {
      if (res.headersSent || res.destroyed) {
        log.debug({ err: error, requestId }, "a request failed after its response had started");
        // In HTTP/1.0 the end of the connection ends the response. Only a reset marks it as incomplete.
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

/** Whether a browser opens GraphiQL, rather than a program that runs an operation. */
function wantsGraphiql(req: IncomingMessage): boolean {
  if (req.method !== "GET" || !String(req.headers.accept ?? "").includes("text/html")) return false;
  // A link to GraphiQL may have a query for its editor. Only a page is a navigation.
  return !new URLSearchParams(targetOf(req).query).has("query") || req.headers["sec-fetch-mode"] === "navigate";
}

/** Whether a person opened the address in a browser. */
const isPageRequest = (req: IncomingMessage, path: string): boolean =>
  READ_METHODS.includes(req.method ?? "") &&
  !/^\/(api|assets)\//.test(path) &&
  String(req.headers.accept ?? "").includes("text/html");

function asHttpError(error: unknown, requestId: string, log: Logger): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof UnauthenticatedError) {
    return new HttpError(401, "UNAUTHENTICATED", error.message, { "WWW-Authenticate": "Bearer" });
  }
  if (error instanceof ForeignOriginError) return new HttpError(403, "FORBIDDEN", error.message);
  if (error instanceof KeysUnavailableError) {
    log.error({ err: error, requestId }, "a token could not be verified");
    return new HttpError(503, "UNAVAILABLE", "The token cannot be verified now.", { "Retry-After": "5" });
  }
  const outage = asUnavailable(error, requestId, log);
  if (outage !== null) return outage;
  log.error({ err: error, requestId }, "unexpected error in a request");
  return new HttpError(500, INTERNAL, `Unexpected error. Contact your administrator with request id ${requestId}.`);
}
