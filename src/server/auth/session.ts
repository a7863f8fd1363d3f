/** Creates, reads and ends the sessions of the web pages. Signing out ends a session in every process. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Viewer } from "../../model/approvals.ts";
import { visible } from "../../model/visible-text.ts";
import { type BodyLimit, readJson } from "../body.ts";
import { HttpError, PROBLEM_TYPE, sendJson } from "../http.ts";
import type { PublicAddress } from "../public-address.ts";
import { cookieOf, LONGEST_VALUE, SESSION, SIGN_IN, setCookie } from "./cookies.ts";
import { isOwnOrigin, sessionTokenOf } from "./credentials.ts";
import type { Identity } from "./identity.ts";
import type { SessionClaims, SessionTokens } from "./session-tokens.ts";
import { UnauthenticatedError } from "./token-refusals.ts";

export interface SessionOptions {
  publicAddress: PublicAddress;
  /** @throws UnauthenticatedError or KeysUnavailableError */
  identify(token: string): Promise<Identity>;
  /** Starts a session with this token. @returns the session's token @throws as `identify` */
  begin(token: string): Promise<string>;
  /** Signs a session out in every process. */
  end(session: Identity): Promise<void>;
  /** Null if the processes share no secret. */
  tokens: SessionTokens | null;
  /** Whether people can sign in at a provider. */
  hasProvider: boolean;
  /** The limit for bodies of unauthenticated senders. */
  body: BodyLimit;
}

/** The purpose of a sealed sign-in that waits for the person to confirm that it replaces another person's session. */
export const WAITING = "waiting";

/**
 * The path to redirect to; null for anything that leads, or may lead, to another origin.
 * @param base the path below which everything is served; it is prepended if the path is not below it
 */
export function ownPath(next: unknown, base = ""): string | null {
  if (typeof next !== "string" || !next.startsWith("/")) return null;
  const origin = "http://own.invalid";
  const url = URL.parse(next, origin);
  if (url === null || url.origin !== origin) return null;
  const path = url.pathname + url.search + url.hash;
  // "/.//elsewhere" stays within the origin as a URL, but its path alone does not.
  if (path.startsWith("//")) return null;
  const isBelow = url.pathname === base || url.pathname.startsWith(`${base}/`);
  return isBelow ? path : base + path;
}

/** The session of this request; null without a valid one. @throws KeysUnavailableError */
export async function currentSession(
  req: IncomingMessage,
  { publicAddress, identify }: Pick<SessionOptions, "publicAddress" | "identify">,
): Promise<Identity | null> {
  const token = sessionTokenOf(req, publicAddress.url(req));
  if (token === null) return null;
  return identify(token).catch((error: unknown) => {
    if (error instanceof UnauthenticatedError) return null;
    throw error;
  });
}

/** Signs the session of this request out. @throws KeysUnavailableError, or an error of the database */
export async function endCurrentSession(
  req: IncomingMessage,
  options: Pick<SessionOptions, "publicAddress" | "identify" | "end">,
): Promise<void> {
  const session = await currentSession(req, options);
  if (session !== null) await options.end(session);
}

/** The `Set-Cookie` header of a session, which expires with its token. */
export const sessionCookie = (token: string, { expiresAt }: Identity, publicUrl: string): string =>
  setCookie(SESSION, token, Math.floor((expiresAt - Date.now()) / 1000), publicUrl);

/** Handles GET, POST and DELETE on /session. */
export function createSessionHandler(options: SessionOptions) {
  const { publicAddress } = options;

  /** The token to start a session with, and the path to redirect to. */
  async function wanted(req: IncomingMessage, body: Record<string, unknown> | null) {
    if (body?.waiting === true) {
      const sealed = cookieOf(req, SIGN_IN, publicAddress.url(req));
      const waiting = sealed === null ? null : await options.tokens?.unseal(WAITING, sealed);
      if (!waiting) throw new HttpError(400, "SIGN_IN_FAILED", "This sign-in has expired. Sign in again.");
      return { token: (await options.tokens?.sign(waiting.claims as SessionClaims)) as string, next: waiting.next };
    }
    const token = body?.token;
    if (typeof token !== "string" || token === "") {
      throw new HttpError(400, "BAD_REQUEST", 'The body must be {"token": "<JWT>"}.');
    }
    return { token, next: body?.next ?? `${publicAddress.base}/` };
  }

  async function signIn(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = (await readJson(req, options.body)) as Record<string, unknown> | null;
    const { token, next } = await wanted(req, body);
    const path = ownPath(next, publicAddress.base);
    if (path === null) throw new HttpError(400, "BAD_REQUEST", "next must be a path on this address.");
    const identity = await options.identify(token);
    const { viewer, expiresAt } = identity;
    const session = await options.begin(token);
    if (Math.max(token.length, session.length) > LONGEST_VALUE) {
      throw new HttpError(400, "BAD_REQUEST", `The token is too long for a cookie (${LONGEST_VALUE} characters).`);
    }
    const before = await currentSession(req, options);
    const replaced = before !== null && before.viewer.userId !== viewer.userId ? before : null;
    if (replaced !== null && body?.replace !== true) {
      // For display only.
      const people = { current: visible(replaced.viewer.userId), wanted: visible(viewer.userId) };
      const detail = `${people.current} is signed in; send "replace": true to sign in as ${people.wanted}.`;
      return sendJson(res, 409, { status: 409, code: "OTHER_SESSION", detail, ...people }, {}, PROBLEM_TYPE);
    }
    if (replaced !== null) await options.end(replaced);
    const cookies = [sessionCookie(session, identity, publicAddress.url(req))];
    if (body?.waiting === true) cookies.push(setCookie(SIGN_IN, "", 0, publicAddress.url(req)));
    res.setHeader("Set-Cookie", cookies);
    sendJson(res, 200, { viewer: publicViewer(viewer, expiresAt), next: path });
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.method !== "GET" && req.method !== "HEAD") {
      if (!isOwnOrigin(req, publicAddress.url(req))) {
        req.resume();
        throw new HttpError(403, "FORBIDDEN", "Sessions can only be changed from pages of this address.");
      }
      if (req.method === "POST") return signIn(req, res);
      req.resume();
      await endCurrentSession(req, options);
      return sendJson(res, 200, { viewer: null }, { "Set-Cookie": setCookie(SESSION, "", 0, publicAddress.url(req)) });
    }
    if (sessionTokenOf(req, publicAddress.url(req)) !== null && !isOwnOrigin(req, publicAddress.url(req))) {
      throw new HttpError(403, "FORBIDDEN", "The session can only be read by pages of this address.");
    }
    const session = await currentSession(req, options);
    const viewer = session === null ? null : publicViewer(session.viewer, session.expiresAt);
    sendJson(res, 200, { viewer, ...(options.hasProvider && { signIn: `${publicAddress.base}/auth/login` }) });
  };
}

/** `expiresAt` is null if the time cannot be written in ISO 8601. */
const publicViewer = ({ userId, email, roles, scopes }: Viewer, expiresAt: number) => ({
  userId,
  email,
  roles,
  scopes,
  expiresAt: expiresAt <= 8.64e15 ? new Date(expiresAt).toISOString() : null,
});
