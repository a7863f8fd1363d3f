/**
 * Sends one POST to an external server. The creator of a request chooses the address of its callback, so the address is
 * not trusted. The IP address is checked after the name was resolved, and the name is resolved only once, so that
 * the checked address is the one that is connected to.
 */

import * as http from "node:http";
import * as https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { DeliveryError } from "../channel.ts";

/** Resolves a name to all of its addresses. */
export type Lookup = (name: string) => Promise<readonly { address: string; family: number }[]>;

/** The addresses to which connections are allowed. */
export interface Reach {
  lookup: Lookup;
  /** Whether an IP address may be connected to. */
  allows(address: string): boolean;
  /** Whether a redirect to another host may be followed. Default: every redirect. */
  redirectsTo?(url: URL): boolean;
}

export interface Message {
  body: string;
  headers: Readonly<Record<string, string>>;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
}

/** How much of a response body is read. Only the status is used. */
const MOST_READ_BYTES = 65_536;
/** How many interim responses (1xx) are accepted, since each costs work. */
const MOST_INTERIM = 20;
/** How long a server may take to end its response after the headers. */
const END_WITHIN_MS = 1_000;

/**
 * Sends the message and waits for the status of the response; a redirect is a response, too.
 * @throws DeliveryError if there is no response; a permanent one if the address may not be connected to
 */
export function postOnce(url: URL, message: Message, reach: Reach, signal: AbortSignal): Promise<Answer> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  // A literal address is not looked up. The URL has normalized its spelling.
  if (isIP(hostname) !== 0 && !reach.allows(hostname)) return Promise.reject(refusedAddress(url));
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request({
      method: "POST",
      protocol: url.protocol,
      hostname,
      port: url.port === "" ? undefined : Number(url.port),
      path: url.pathname + url.search,
      ...(url.username + url.password !== "" && { auth: userOf(url) }),
      headers: { ...message.headers, "Content-Length": Buffer.byteLength(message.body) },
      // No shared agent: connections are not reused, and proxies of the environment are ignored.
      agent: false,
      lookup: lookupWithin(reach, url),
      signal,
    });
    const unanswered = () => reject(new DeliveryError(`${url.host} did not answer.`));
    let interim = 0;
    request.on("information", () => {
      interim += 1;
      if (interim > MOST_INTERIM) {
        request.destroy(new DeliveryError(`${url.host} sent only interim responses.`));
      }
    });
    request.on("response", (response) => {
      request.off("close", unanswered);
      const { statusCode: status = 0, headers } = response;
      const end = () => {
        clearTimeout(late);
        request.destroy();
        resolve({ status, headers });
      };
      const late = setTimeout(end, END_WITHIN_MS);
      let read = 0;
      response.on("data", (chunk: Buffer) => {
        read += chunk.length;
        if (read >= MOST_READ_BYTES) end();
      });
      // The status was received, however the response ends.
      response.on("error", end).on("close", end);
    });
    request.on("error", (error) => reject(noAnswer(url, error, signal)));
    request.on("close", unanswered);
    request.end(message.body);
  });
}

/** The lookup function of a connection. It returns only addresses that may be connected to. */
const lookupWithin =
  (reach: Reach, url: URL): LookupFunction =>
  (name, { all }, done) => {
    reach.lookup(name).then(
      (found) => {
        const allowed = found.filter(({ address }) => reach.allows(address));
        const [first] = allowed;
        if (first === undefined) done(found.length === 0 ? unknownName() : refusedAddress(url), "");
        else if (all) done(null, [...allowed]);
        else done(null, first.address, first.family);
      },
      (error) => done(error, ""),
    );
  };

const unknownName = () => Object.assign(new Error("no address"), { code: "ENOTFOUND" });

const refusedAddress = ({ host }: URL) =>
  new DeliveryError(`${host} has no public address; others are refused unless WEBHOOK_ALLOW_PRIVATE is true.`, {
    permanent: true,
  });

const REASONS: Record<string, string> = {
  ENOTFOUND: "has no address in DNS",
  EAI_AGAIN: "could not be looked up",
  ECONNREFUSED: "refused the connection",
  ECONNRESET: "closed the connection",
  EPIPE: "closed the connection",
};
const FAMILIES: readonly [RegExp, string][] = [
  [/CERT|SSL|TLS|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO/, "has no trusted TLS certificate"],
  [/^HPE_/, "does not speak HTTP"],
];

/** Does not use the error's own message, which may reveal the addresses behind a name. */
function noAnswer({ host }: URL, error: Error & { code?: string }, signal: AbortSignal): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (signal.aborted) return new DeliveryError(`${host} did not answer in time.`);
  const { code = "unknown" } = error;
  const reason = REASONS[code] ?? FAMILIES.find(([form]) => form.test(code))?.[1] ?? "could not be reached";
  return new DeliveryError(`${host} ${reason} (${code}).`);
}

function userOf({ username, password }: URL): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    // A stray percent sign: use the text unchanged.
    return `${username}:${password}`;
  }
}
