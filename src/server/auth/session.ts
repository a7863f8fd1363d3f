/** The session of the web pages: a token in a cookie that no script can read. Signing out ends it in every process. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Viewer } from "../../model/approvals.ts";
import { visible } from "../../model/visible-text.ts";
import { type BodyLimit, readJson } from "../body.ts";
import { HttpError, PROBLEM_TYPE, sendJson } from "../http.ts";
import type { Outside } from "../outside.ts";
import { UnauthenticatedError } from "./auth.ts";
import { cookieOf, LONGEST_VALUE, SESSION, SIGN_IN, setCookie } from "./cookies.ts";
import { isOwnOrigin, sessionTokenOf } from "./credentials.ts";
import type { Identity } from "./identity.ts";
import type { SessionClaims, SessionTokens } from "./session-tokens.ts";

export interface SessionOptions {
  outside: Outside;
  /** @throws UnauthenticatedError or KeysUnavailableError */
  identify(token: string): Promise<Identity>;
  /** The token of a session that begins with this token. @throws UnauthenticatedError or KeysUnavailableError */
  begin(token: string): Promise<string>;
  /** Signs a session out, here and in every other process. */
  end(session: Identity): Promise<void>;
  /** Null where the processes share no secret. */
  tokens: SessionTokens | null;
  /** Whether people can sign in at a provider. */
  hasProvider: boolean;
  /** The limit for bodies of unauthenticated senders. */
  body: BodyLimit;
}

/** What a sign-in is sealed for that waits until its person has said whether to take another's place. */
export const WAITING = "waiting";

/**
 * A path of this origin to go on to; null for anything that leads, or may lead, elsewhere.
 * @param base below which everything is; a path outside of it is put there
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

/** The session of this request, null without a valid one. @throws KeysUnavailableError */
export async function currentSession(
  req: IncomingMessage,
  { outside, identify }: Pick<SessionOptions, "outside" | "identify">,
): Promise<Identity | null> {
  const token = sessionTokenOf(req, outside.url(req));
  if (token === null) return null;
  return identify(token).catch((error: unknown) => {
    if (error instanceof UnauthenticatedError) return null;
    throw error;
  });
}

/** Signs the session of this request out. @throws KeysUnavailableError, or what the database refuses */
export async function endCurrentSession(
  req: IncomingMessage,
  options: Pick<SessionOptions, "outside" | "identify" | "end">,
): Promise<void> {
  const session = await currentSession(req, options);
  if (session !== null) await options.end(session);
}

/** The `Set-Cookie` header that begins a session; it lasts as long as its token. */
export const sessionCookie = (token: string, { expiresAt }: Identity, publicUrl: string): string =>
  setCookie(SESSION, token, Math.floor((expiresAt - Date.now()) / 1000), publicUrl);

/** Handles GET, POST and DELETE on /session. */
export function createSessionHandler(options: SessionOptions) {
  const { outside } = options;

  /** The token that a session is to begin with, and where to go on to. */
  async function wanted(req: IncomingMessage, body: Record<string, unknown> | null) {
    if (body?.waiting === true) {
      const sealed = cookieOf(req, SIGN_IN, outside.url(req));
      const waiting = sealed === null ? null : await options.tokens?.unseal(WAITING, sealed);
      if (!waiting) throw new HttpError(400, "SIGN_IN_FAILED", "This sign-in has expired. Sign in again.");
      return { token: (await options.tokens?.sign(waiting.claims as SessionClaims)) as string, next: waiting.next };
    }
    const token = body?.token;
    if (typeof token !== "string" || token === "") {
      throw new HttpError(400, "BAD_REQUEST", 'The body must be {"token": "<JWT>"}.');
    }
    return { token, next: body?.next ?? `${outside.base}/` };
  }

  async function signIn(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = (await readJson(req, options.body)) as Record<string, unknown> | null;
    const { token, next } = await wanted(req, body);
    const path = ownPath(next, outside.base);
    if (path === null) throw new HttpError(400, "BAD_REQUEST", "next must be a path on this address.");
    const identity = await options.identify(token);
    const { viewer, expiresAt } = identity;
    const session = await options.begin(token);
    if (Math.max(token.length, session.length) > LONGEST_VALUE) {
      throw new HttpError(400, "BAD_REQUEST", `The token is too long for a cookie (${LONGEST_VALUE} characters).`);
    }
    const before = await currentSession(req, options);
    const other = before !== null && before.viewer.userId !== viewer.userId ? before : null;
    if (other !== null && body?.replace !== true) {
      // For people to read, and for nothing else.
      const people = { current: visible(other.viewer.userId), wanted: visible(viewer.userId) };
      const detail = `${people.current} is signed in; send "replace": true to sign in as ${people.wanted}.`;
      return sendJson(res, 409, { status: 409, code: "OTHER_SESSION", detail, ...people }, {}, PROBLEM_TYPE);
    }
    if (other !== null) await options.end(other);
    const cookies = [sessionCookie(session, identity, outside.url(req))];
    if (body?.waiting === true) cookies.push(setCookie(SIGN_IN, "", 0, outside.url(req)));
    res.setHeader("Set-Cookie", cookies);
    sendJson(res, 200, { viewer: publicViewer(viewer, expiresAt), next: path });
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.method !== "GET" && req.method !== "HEAD") {
      if (!isOwnOrigin(req, outside.url(req))) {
        req.resume();
        throw new HttpError(403, "FORBIDDEN", "Sessions can only be changed from pages of this address.");
      }
      if (req.method === "POST") return signIn(req, res);
      req.resume();
      await endCurrentSession(req, options);
      return sendJson(res, 200, { viewer: null }, { "Set-Cookie": setCookie(SESSION, "", 0, outside.url(req)) });
    }
    if (sessionTokenOf(req, outside.url(req)) !== null && !isOwnOrigin(req, outside.url(req))) {
      throw new HttpError(403, "FORBIDDEN", "The session can only be read by pages of this address.");
    }
    const session = await currentSession(req, options);
    const viewer = session === null ? null : publicViewer(session.viewer, session.expiresAt);
    sendJson(res, 200, { viewer, ...(options.hasProvider && { signIn: `${outside.base}/auth/login` }) });
  };
}

/** ISO 8601 where the instant can be written so; tokens may last for longer. */
const publicViewer = ({ userId, email, roles, scopes }: Viewer, expiresAt: number) => ({
  userId,
  email,
  roles,
  scopes,
  expiresAt: expiresAt <= 8.64e15 ? new Date(expiresAt).toISOString() : null,
});
