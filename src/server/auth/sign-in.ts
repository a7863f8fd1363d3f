/**
 * Sign-in of people at the provider: /auth/login sends them there, /auth/callback takes them back and begins their
 * session, /auth/logout ends it. What has to be remembered in between is in an encrypted cookie of the browser that
 * began, so any process may finish what another began, and nobody can be made to finish what somebody else began.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { isLoopback } from "../../config/config.ts";
import type { Logger } from "../../log.ts";
import { HttpError, sendJson, targetOf } from "../http.ts";
import type { Outside } from "../outside.ts";
import { sendPage } from "../pages/layout.ts";
import { signInFailedPage } from "../pages/sign-in-failed.ts";
import { arrivalOf } from "../proxies.ts";
import { cookieOf, LONGEST_VALUE, SESSION, SIGN_IN, setCookie } from "./cookies.ts";
import { isOwnOrigin } from "./credentials.ts";
import type { Identity } from "./identity.ts";
import { type Attempt, type Provider, ProviderUnavailableError, SignInRefusedError } from "./oidc.ts";
import { currentSession, endCurrentSession, ownPath, sessionCookie, WAITING } from "./session.ts";
import type { SessionTokens } from "./session-tokens.ts";

export interface SignInOptions {
  provider: Provider;
  tokens: SessionTokens;
  outside: Outside;
  /** @throws UnauthenticatedError or KeysUnavailableError */
  identify(token: string): Promise<Identity>;
  /** Signs a session out, here and in every other process. */
  end(session: Identity): Promise<void>;
  log: Logger;
}

type Handler = (req: IncomingMessage, res: ServerResponse, requestId: string) => Promise<void>;

const ATTEMPT = "attempt";
/** For a person to type a password and find a second factor. */
const ATTEMPT_S = 10 * 60;
/** For a person to answer whether to take another's place. */
const WAITING_S = 5 * 60;

/** What answers at /auth/login, /auth/callback and /auth/logout. */
export type SignIn = Record<"login" | "callback" | "logout", Handler>;

export function createSignIn(options: SignInOptions): SignIn {
  const { provider, tokens, outside, log } = options;
  const redirectUri = (req: IncomingMessage) => `${outside.url(req)}/auth/callback`;
  const forget = (name: string, req: IncomingMessage) => setCookie(name, "", 0, outside.url(req));
  const failed = signInFailedPage(outside.base);

  /** A sealed cookie; what is too long for one is refused rather than dropped by the browser. */
  async function sealed(
    purpose: string,
    content: Record<string, unknown>,
    seconds: number,
    req: IncomingMessage,
  ): Promise<string> {
    const value = await tokens.seal(purpose, content, seconds);
    if (value.length <= LONGEST_VALUE) return setCookie(SIGN_IN, value, seconds, outside.url(req));
    throw new HttpError(400, "SIGN_IN_FAILED", "The state of this sign-in is too long for a cookie.");
  }

  async function login(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { query } = targetOf(req);
    const next = ownPath(new URLSearchParams(query).get("next") ?? `${outside.base}/`, outside.base);
    if (next === null) throw new HttpError(400, "BAD_REQUEST", "next must be a path on this address.");
    if (isOtherLoopback(req, outside.url(req))) return goTo(res, `${outside.url(req)}/auth/login?${query}`);
    const { url, attempt } = await provider.begin(redirectUri(req));
    goTo(res, url, [await sealed(ATTEMPT, { ...attempt, next }, ATTEMPT_S, req)]);
  }

  async function callback(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // Whatever comes of it, this attempt is over.
    res.setHeader("Set-Cookie", forget(SIGN_IN, req));
    const cookie = cookieOf(req, SIGN_IN, outside.url(req));
    const attempt = cookie === null ? null : await tokens.unseal(ATTEMPT, cookie);
    if (attempt === null) {
      throw new HttpError(400, "SIGN_IN_FAILED", "It was not started in this browser, or has already ended.");
    }
    const { next, ...begun } = attempt as unknown as Attempt & { next: string };
    const claims = await provider.finish(new URL(`${redirectUri(req)}?${targetOf(req).query}`), begun);
    const token = await tokens.sign(claims);
    if (token.length > LONGEST_VALUE) {
      const told = `The roles of ${claims.sub} are too long for a cookie. Configure the provider to send fewer.`;
      throw new HttpError(400, "SIGN_IN_FAILED", told);
    }
    const before = await currentSession(req, options);
    if (before !== null && before.viewer.userId !== claims.sub) {
      return goTo(res, `${outside.base}/sign-in#waiting`, [await sealed(WAITING, { claims, next }, WAITING_S, req)]);
    }
    const identity = await options.identify(token);
    goTo(res, next, [sessionCookie(token, identity, outside.url(req)), forget(SIGN_IN, req)]);
  }

  async function logout(req: IncomingMessage, res: ServerResponse): Promise<void> {
    req.resume();
    if (!isOwnOrigin(req, outside.url(req))) {
      throw new HttpError(403, "FORBIDDEN", "Sessions can only be changed from pages of this address.");
    }
    await endCurrentSession(req, options);
    const cookies = [forget(SESSION, req), forget(SIGN_IN, req)];
    // Without the provider, the session here ends all the same.
    const elsewhere = await provider.endSessionUrl(`${outside.url(req)}/`).catch((error: unknown) => {
      log.warn({ err: error }, "the session at the identity provider could not be ended");
      return null;
    });
    const next = elsewhere ?? `${outside.base}/`;
    if (wantsHtml(req)) return goTo(res, next, cookies);
    res.setHeader("Set-Cookie", cookies);
    sendJson(res, 200, { viewer: null, next });
  }

  /** People see a page rather than problem details when their sign-in fails. */
  const forPeople =
    (handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>): Handler =>
    async (req, res, requestId) => {
      try {
        await handle(req, res);
      } catch (error) {
        const problem = asHttpError(error);
        if (problem === null) throw error;
        if (!(error instanceof HttpError)) log.warn({ err: error, requestId }, "a sign-in failed");
        if (!wantsHtml(req)) throw problem;
        sendPage(res, failed(problem.message), problem.status);
      }
    };

  return { login: forPeople(login), callback: forPeople(callback), logout };
}

function goTo(res: ServerResponse, location: string, cookies: string[] = []): void {
  if (cookies.length > 0) res.setHeader("Set-Cookie", cookies);
  res.writeHead(303, { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
  res.end();
}

const wantsHtml = (req: IncomingMessage) => String(req.headers.accept ?? "").includes("text/html");

/** Somebody at localhost would come back to 127.0.0.1, where their browser does not know them. */
function isOtherLoopback(req: IncomingMessage, publicUrl: string): boolean {
  const own = new URL(publicUrl);
  const asked = URL.parse(`http://${arrivalOf(req).host ?? req.headers.host ?? ""}`);
  if (asked === null || asked.hostname === own.hostname) return false;
  return isLoopback(asked.hostname) && isLoopback(own.hostname);
}

/** Null for what is no fault of the sign-in. */
function asHttpError(error: unknown): HttpError | null {
  if (error instanceof HttpError) return error;
  if (error instanceof SignInRefusedError) return new HttpError(400, "SIGN_IN_FAILED", error.message);
  if (error instanceof ProviderUnavailableError) {
    return new HttpError(503, "UNAVAILABLE", error.message, { "Retry-After": "5" });
  }
  return null;
}
