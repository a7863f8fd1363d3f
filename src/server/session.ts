/** The session of the web pages: a token in a cookie that no script can read. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Viewer } from "../approvals/model.ts";
import { type Identity, UnauthenticatedError } from "./auth.ts";
import { isOwnOrigin, SESSION_COOKIE, sessionTokenOf } from "./credentials.ts";
import { HttpError, readJson, sendJson } from "./http.ts";

export interface SessionOptions {
  /** PUBLIC_URL's, or the address the server listens on once it does. */
  publicUrl(): string;
  /** @throws UnauthenticatedError or KeysUnavailableError */
  identify(token: string): Promise<Identity>;
}

/** Browsers keep a cookie of up to 4,096 bytes, name and attributes included. */
const LONGEST_TOKEN = 3_800;
/** Browsers keep a cookie for 400 days at most. */
const LONGEST_AGE_S = 400 * 24 * 60 * 60;
const MAX_SESSION_BODY_BYTES = 64 * 1024;

/** A path of this origin to go on to; null for anything that leads, or may lead, elsewhere. */
export function ownPath(next: unknown): string | null {
  if (typeof next !== "string" || !next.startsWith("/")) return null;
  const base = "http://own.invalid";
  const url = URL.parse(next, base);
  if (url === null || url.origin !== base) return null;
  const path = url.pathname + url.search + url.hash;
  // "/.//elsewhere" stays within the origin as a URL, but its path alone does not.
  return path.startsWith("//") ? null : path;
}

/** Handles GET, POST and DELETE on /session. */
export function createSessionHandler(options: SessionOptions) {
  const cookie = (token: string, maxAge: number) => {
    const secure = options.publicUrl().startsWith("https:") ? "; Secure" : "";
    return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${secure}`;
  };

  /** The session of this request, null without a valid one. */
  async function current(req: IncomingMessage): Promise<Identity | null> {
    const token = sessionTokenOf(req);
    if (token === null) return null;
    return options.identify(token).catch((error: unknown) => {
      if (error instanceof UnauthenticatedError) return null;
      throw error;
    });
  }

  async function signIn(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = (await readJson(req, MAX_SESSION_BODY_BYTES)) as Record<string, unknown> | null;
    const token = body?.token;
    if (typeof token !== "string" || token === "") {
      throw new HttpError(400, "BAD_REQUEST", 'The body must be {"token": "<JWT>"}.');
    }
    const next = body?.next ?? "/";
    const path = ownPath(next);
    if (path === null) throw new HttpError(400, "BAD_REQUEST", "next must be a path of this address.");
    const { viewer, expiresAt } = await options.identify(token);
    if (token.length > LONGEST_TOKEN) {
      throw new HttpError(
        400,
        "BAD_REQUEST",
        `The token is longer than a cookie can be (${LONGEST_TOKEN} characters).`,
      );
    }
    const before = await current(req);
    if (before !== null && before.viewer.userId !== viewer.userId && body?.replace !== true) {
      const detail = `${before.viewer.userId} is signed in; send "replace": true to sign in as ${viewer.userId}.`;
      const people = { current: before.viewer.userId, wanted: viewer.userId };
      return sendJson(
        res,
        409,
        { status: 409, code: "OTHER_SESSION", detail, ...people },
        {},
        "application/problem+json",
      );
    }
    const maxAge = Math.min(Math.floor((expiresAt - Date.now()) / 1000), LONGEST_AGE_S);
    sendJson(
      res,
      200,
      { viewer: publicViewer(viewer, expiresAt), next: path },
      { "Set-Cookie": cookie(token, maxAge) },
    );
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const publicOrigin = new URL(options.publicUrl()).origin;
    if (req.method !== "GET" && req.method !== "HEAD") {
      if (!isOwnOrigin(req, publicOrigin)) {
        req.resume();
        throw new HttpError(403, "FORBIDDEN", "Sessions begin and end only on pages of this address.");
      }
      if (req.method === "POST") return signIn(req, res);
      req.resume();
      return sendJson(res, 200, { viewer: null }, { "Set-Cookie": cookie("", 0) });
    }
    if (sessionTokenOf(req) !== null && !isOwnOrigin(req, publicOrigin)) {
      throw new HttpError(403, "FORBIDDEN", "The session is told only to pages of this address.");
    }
    const session = await current(req);
    sendJson(res, 200, { viewer: session === null ? null : publicViewer(session.viewer, session.expiresAt) });
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
