/**
 * Handles sign-in at the provider: /auth/login redirects to the provider, /auth/callback starts the session,
 * /auth/logout ends it. The state in between is in an encrypted cookie of the browser. So any process can complete a
 * sign-in that another process started, but only in the browser in which it was started.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { isLoopback } from "../../config/loopback.ts";
import type { Logger } from "../../log.ts";
import { HttpError, sendJson, targetOf } from "../http.ts";
import { sendPage } from "../pages/layout.ts";
import { signInFailedPage } from "../pages/sign-in-failed.ts";
import { arrivalOf } from "../proxies.ts";
import type { PublicAddress } from "../public-address.ts";
import { cookieOf, LONGEST_VALUE, SESSION, SIGN_IN, setCookie } from "./cookies.ts";
import { isOwnOrigin } from "./credentials.ts";
import type { Identity } from "./identity.ts";
import { type Attempt, type Provider, ProviderUnavailableError, SignInRefusedError } from "./oidc.ts";
import { currentSession, endCurrentSession, ownPath, sessionCookie, WAITING } from "./session.ts";
import type { SessionTokens } from "./session-tokens.ts";

export interface SignInOptions {
  provider: Provider;
  tokens: SessionTokens;
  publicAddress: PublicAddress;
  /** @throws UnauthenticatedError or KeysUnavailableError */
  identify(token: string): Promise<Identity>;
  /** Signs a session out in every process. */
  end(session: Identity): Promise<void>;
  log: Logger;
}

type Handler = (req: IncomingMessage, res: ServerResponse, requestId: string) => Promise<void>;

const ATTEMPT = "attempt";
/** Enough to type a password and use a second factor. */
const ATTEMPT_S = 10 * 60;
/** Enough to confirm that the sign-in replaces another person's session. */
const WAITING_S = 5 * 60;

/** The handlers of /auth/login, /auth/callback and /auth/logout. */
export type SignIn = Record<"login" | "callback" | "logout", Handler>;

export function createSignIn(options: SignInOptions): SignIn {
  const { provider, tokens, publicAddress, log } = options;
  const redirectUri = (req: IncomingMessage) => `${publicAddress.url(req)}/auth/callback`;
  const forget = (name: string, req: IncomingMessage) => setCookie(name, "", 0, publicAddress.url(req));
  const failed = signInFailedPage(publicAddress.base);

  /** A sealed cookie. @throws HttpError if the state is too long, because a browser would drop the cookie */
  async function sealed(
    purpose: string,
    content: Record<string, unknown>,
    seconds: number,
    req: IncomingMessage,
  ): Promise<string> {
    const value = await tokens.seal(purpose, content, seconds);
    if (value.length <= LONGEST_VALUE) return setCookie(SIGN_IN, value, seconds, publicAddress.url(req));
    throw new HttpError(400, "SIGN_IN_FAILED", "The state of this sign-in is too long for a cookie.");
  }

  async function login(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { query } = targetOf(req);
    const next = ownPath(new URLSearchParams(query).get("next") ?? `${publicAddress.base}/`, publicAddress.base);
    if (next === null) throw new HttpError(400, "BAD_REQUEST", "next must be a path on this address.");
    if (isOtherLoopback(req, publicAddress.url(req)))
      return redirect(res, `${publicAddress.url(req)}/auth/login?${query}`);
    const { url, attempt } = await provider.begin(redirectUri(req));
    redirect(res, url, [await sealed(ATTEMPT, { ...attempt, next }, ATTEMPT_S, req)]);
  }

  async function callback(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // The attempt ends here, whatever its outcome.
    res.setHeader("Set-Cookie", forget(SIGN_IN, req));
    const cookie = cookieOf(req, SIGN_IN, publicAddress.url(req));
    const attempt = cookie === null ? null : await tokens.unseal(ATTEMPT, cookie);
    if (attempt === null) {
      throw new HttpError(400, "SIGN_IN_FAILED", "The sign-in was not started in this browser, or has already ended.");
    }
    const { next, ...begun } = attempt as unknown as Attempt & { next: string };
    const claims = await provider.finish(new URL(`${redirectUri(req)}?${targetOf(req).query}`), begun);
    const token = await tokens.sign(claims);
    if (token.length > LONGEST_VALUE) {
      const message = `The roles of ${claims.sub} are too long for a cookie. Configure the provider to send fewer.`;
      throw new HttpError(400, "SIGN_IN_FAILED", message);
    }
    const before = await currentSession(req, options);
    if (before !== null && before.viewer.userId !== claims.sub) {
      return redirect(res, `${publicAddress.base}/sign-in#waiting`, [
        await sealed(WAITING, { claims, next }, WAITING_S, req),
      ]);
    }
    const identity = await options.identify(token);
    redirect(res, next, [sessionCookie(token, identity, publicAddress.url(req)), forget(SIGN_IN, req)]);
  }

  async function logout(req: IncomingMessage, res: ServerResponse): Promise<void> {
    req.resume();
    if (!isOwnOrigin(req, publicAddress.url(req))) {
      throw new HttpError(403, "FORBIDDEN", "Sessions can only be changed from pages of this address.");
    }
    await endCurrentSession(req, options);
    const cookies = [forget(SESSION, req), forget(SIGN_IN, req)];
    // The session of this server has ended even if the provider cannot be reached.
    const providerUrl = await provider.endSessionUrl(`${publicAddress.url(req)}/`).catch((error: unknown) => {
      log.warn({ err: error }, "the session at the identity provider could not be ended");
      return null;
    });
    const next = providerUrl ?? `${publicAddress.base}/`;
    if (wantsHtml(req)) return redirect(res, next, cookies);
    res.setHeader("Set-Cookie", cookies);
    sendJson(res, 200, { viewer: null, next });
  }

  /** Sends a page instead of problem details to a browser when a sign-in fails. */
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

function redirect(res: ServerResponse, location: string, cookies: string[] = []): void {
  if (cookies.length > 0) res.setHeader("Set-Cookie", cookies);
  res.writeHead(303, { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
  res.end();
}

const wantsHtml = (req: IncomingMessage) => String(req.headers.accept ?? "").includes("text/html");

/** A sign-in that starts at localhost would return to 127.0.0.1, to which the browser does not send its cookies. */
function isOtherLoopback(req: IncomingMessage, publicUrl: string): boolean {
  const own = new URL(publicUrl);
  const requested = URL.parse(`http://${arrivalOf(req).host ?? req.headers.host ?? ""}`);
  if (requested === null || requested.hostname === own.hostname) return false;
  return isLoopback(requested.hostname) && isLoopback(own.hostname);
}

/** Null if the error is not about the sign-in. */
function asHttpError(error: unknown): HttpError | null {
  if (error instanceof HttpError) return error;
  if (error instanceof SignInRefusedError) return new HttpError(400, "SIGN_IN_FAILED", error.message);
  if (error instanceof ProviderUnavailableError) {
    return new HttpError(503, "UNAVAILABLE", error.message, { "Retry-After": "5" });
  }
  return null;
}
