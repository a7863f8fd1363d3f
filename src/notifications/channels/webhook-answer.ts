/** What the answer to a webhook means: by the Standard Webhooks specification, and RFC 9110 for redirects and waits. */

import { DeliveryError } from "../channel.ts";
import { type Answer, type Message, postOnce, type Reach } from "./webhook-request.ts";

const MOST_REDIRECTS = 3;
/** The longest wait that a receiver may ask for, in ms: a day. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Sends the message, and once more to wherever a redirect says that keeps the method: 307 and 308. Each address is
 * looked at anew.
 * @throws DeliveryError where there is no answer, or a redirect that is not followed
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
    // User and password are the endpoint's own: another server is not told them, and a redirect gives none.
    const isSame = url.origin === to.origin;
    url.username = isSame ? to.username : "";
    url.password = isSame ? to.password : "";
  }
}

const unfollowed = (message: string) => new DeliveryError(message, { permanent: true });

function redirectOf(from: URL, { status, headers }: Answer): URL {
  const { host } = from;
  if (status !== 307 && status !== 308) {
    throw unfollowed(`${host} answered ${status}; of redirects only 307 and 308 are followed.`);
  }
  const url = URL.parse(headers.location ?? "", from);
  if (headers.location === undefined || url === null || !["http:", "https:"].includes(url.protocol)) {
    throw unfollowed(`${host} answered ${status} without an http or https URL.`);
  }
  if (from.protocol === "https:" && url.protocol === "http:") {
    throw unfollowed(`${host} redirects from https to http, which is not followed.`);
  }
  return url;
}

/** Whether the message arrived. */
export const isSuccess = ({ status }: Answer): boolean => status >= 200 && status <= 299;

/** These are said of a message: the endpoint works. */
const ABOUT_THE_MESSAGE = [400, 409, 413, 415, 422];
export const isAboutTheMessage = ({ status }: Answer): boolean => ABOUT_THE_MESSAGE.includes(status);

/** The receiver does not want to hear anything any more. */
export const isGone = ({ status }: Answer): boolean => status === 410;

/**
 * Why an answer is no success: 408, 429 and 5xx are for now, the rest for good. A workflow waits for a callback, so one
 * is given up only where it is gone: a route that is missing for the length of a deployment answers 404 as well.
 * @param host the receiver, as it may be shown
 * @param now what a `Retry-After` with a date counts from
 */
export function refusalOf(host: string, answer: Answer, now: Date, isCallback = false): DeliveryError {
  const { status, headers } = answer;
  const permanent = isCallback ? isGone(answer) : status !== 408 && status !== 429 && status < 500;
  const retryAfterMs = permanent ? null : retryAfterOf(headers["retry-after"], now);
  return new DeliveryError(`${host} answered ${status}.`, {
    permanent,
    ...(retryAfterMs !== null && { retryAfterMs }),
  });
}

/**
 * The wait that `Retry-After` asks for, in ms, a day at most; null where it says nothing that can be read, or no wait.
 * @param value whole seconds, or a date
 */
function retryAfterOf(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  // A date begins with the name of a day; JavaScript would read much else as one too.
  const at = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : at - now.getTime();
  return ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : null;
}
