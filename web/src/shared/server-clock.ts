/** The server's clock. It decides when a request expires, and the device's clock may be hours off. */

/** How far the server's clock is ahead of the device's, in ms. */
let ahead = 0;
/** The error of the estimate: a `Date` header has whole seconds, and an answer takes time to arrive. */
const UNSURE_MS = 2_000;
/** Slower answers are ignored, because it is unknown when the server wrote them. */
const QUICK_MS = 5_000;

/** The server's time at a time of the device, as far as the server's answers showed it. */
export const serverTimeAt = (deviceMs: number): Date => new Date(deviceMs + ahead);

/** The current time by the server's clock. */
export const serverNow = (): Date => serverTimeAt(Date.now());

/** Like `fetch`, but the answer sets the clock. Only for requests to our own server. */
export async function fetchInTime(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sent = Date.now();
  const response = await fetch(input, init);
  const received = Date.now();
  const reported = Date.parse(response.headers.get("date") ?? "");
  const off = reported + 500 - (sent + received) / 2;
  // Differences within the error are ignored, so that countdowns do not jump.
  if (received - sent < QUICK_MS && Math.abs(off - ahead) > UNSURE_MS) ahead = Math.abs(off) > UNSURE_MS ? off : 0;
  return response;
}
