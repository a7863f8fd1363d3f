/**
 * Interprets the response to a webhook by the Standard Webhooks specification, and by RFC 9110 for redirects and waits.
 */

import { DeliveryError } from "../channel.ts";
import { type Answer, type Message, postOnce, type Reach } from "./webhook-request.ts";

const MOST_REDIRECTS = 3;
/** The longest wait that a receiver may ask for, in ms: a day. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Sends the message and follows redirects that preserve the method: 307 and 308. Each address is checked again.
 * @throws DeliveryError if there is no response, or for a redirect that is not followed
 */
export async function post(to: URL, message: Message, reach: Reach, signal: AbortSignal): Promise<Answer> {
  let url = to;
  for (let redirects = 0; ; redirects++) {
    const answer = await postOnce(url, message, reach, signal);
    if (answer.status < 300 || answer.status > 399) return answer;
    if (redirects === MOST_REDIRECTS) throw unfollowed(`${to.host} redirects more than ${MOST_REDIRECTS} times.`);
    url = redirectOf(url, answer);
    if (url.hostname !== to.hostname && reach.redirectsTo?.(url) === false) {
      throw unfollowed(`${to.host} redirects to ${url.host}, which CALLBACK_HOSTS does not allow.`);
    }
    // User and password belong to the endpoint: another server does not receive them, and a redirect cannot set them.
    const isSame = url.origin === to.origin;
    url.username = isSame ? to.username : "";
    url.password = isSame ? to.password : "";
  }
}

const unfollowed = (message: string) => new DeliveryError(message, { permanent: true });

function redirectOf(from: URL, { status, headers }: Answer): URL {
  const { host } = from;
  if (status !== 307 && status !== 308) {
    throw unfollowed(`${host} responded with ${status}; only the redirects 307 and 308 are followed.`);
  }
  const url = URL.parse(headers.location ?? "", from);
  if (headers.location === undefined || url === null || !["http:", "https:"].includes(url.protocol)) {
    throw unfollowed(`${host} responded with ${status} without an http or https URL.`);
  }
  if (from.protocol === "https:" && url.protocol === "http:") {
    throw unfollowed(`${host} redirects from https to http, which is not followed.`);
  }
  return url;
}

/** Whether the message arrived. */
export const isSuccess = ({ status }: Answer): boolean => status >= 200 && status <= 299;

/** Status codes that concern the message: the endpoint itself works. */
const ABOUT_THE_MESSAGE = [400, 409, 413, 415, 422];
export const isAboutTheMessage = ({ status }: Answer): boolean => ABOUT_THE_MESSAGE.includes(status);

/** The receiver no longer wants any messages. */
export const isGone = ({ status }: Answer): boolean => status === 410;

/**
 * The error for a response that is not a success: 408, 429 and 5xx are temporary, all others are permanent. A workflow
 * waits for a callback, so a callback fails permanently only with 410: a route that is missing during a deployment
 * answers 404 as well.
 * @param host the receiver, without secrets
 * @param now the time from which a `Retry-After` with a date counts
 */
export function refusalOf(host: string, answer: Answer, now: Date, isCallback = false): DeliveryError {
  const { status, headers } = answer;
  const permanent = isCallback ? isGone(answer) : status !== 408 && status !== 429 && status < 500;
  const retryAfterMs = permanent ? null : retryAfterOf(headers["retry-after"], now);
  return new DeliveryError(`${host} responded with ${status}.`, {
    permanent,
    ...(retryAfterMs !== null && { retryAfterMs }),
  });
}

/**
 * The wait that `Retry-After` asks for, in ms, at most a day; null if it cannot be parsed or asks for no wait.
 * @param value whole seconds, or a date
 */
function retryAfterOf(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  // An HTTP date starts with the name of a day. JavaScript would accept many other texts as a date.
  const at = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : at - now.getTime();
  return ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : null;
}
