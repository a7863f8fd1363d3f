/**
 * One POST to somebody else's server. Who asks for approval names the address of a callback, so it is not trusted: the
 * very IP address that is connected to is looked at, after the name was resolved, and so that nothing is resolved twice.
 */

import * as http from "node:http";
import * as https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { DeliveryError } from "../channel.ts";

/** Resolves a name to all of its addresses. */
export type Lookup = (name: string) => Promise<readonly { address: string; family: number }[]>;

/** Where connections may go. */
export interface Reach {
  lookup: Lookup;
  /** Whether an IP address may be connected to. */
  allows(address: string): boolean;
  /** Whether a redirect to another host may be followed; left out, any may. */
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

/** What is read of an answer, which says nothing that is wanted: its status is all. */
const MOST_READ_BYTES = 65_536;
/** How often it may say that an answer is on its way, each of which costs a look. */
const MOST_ANNOUNCED = 20;
/** How long a server may take to end its answer once it has begun. */
const END_WITHIN_MS = 1_000;

/**
 * Sends the message and waits for the answer's status; redirects are answers too.
 * @throws DeliveryError where there is no answer; permanent where the address may not be connected to
 */
export function postOnce(url: URL, message: Message, reach: Reach, signal: AbortSignal): Promise<Answer> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  // A literal is connected to as it is, without a look-up. The URL has brought odd spellings of it into the usual one.
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
      // An agent of its own: no connection is kept, and no proxy of the environment stands between.
      agent: false,
      lookup: lookupWithin(reach, url),
      signal,
    });
    const unanswered = () => reject(new DeliveryError(`${url.host} gave no answer.`));
    let announced = 0;
    request.on("information", () => {
      announced += 1;
      if (announced > MOST_ANNOUNCED) {
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
      // However an answer ends, its status was there.
      response.on("error", end).on("close", end);
    });
    request.on("error", (error) => reject(noAnswer(url, error, signal)));
    request.on("close", unanswered);
    request.end(message.body);
  });
}

/** The look-up of a connection, which is given only addresses that may be connected to. */
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

const WORDS: Record<string, string> = {
  ENOTFOUND: "is a name without an address",
  EAI_AGAIN: "could not be looked up",
  ECONNREFUSED: "refused the connection",
  ECONNRESET: "closed the connection",
  EPIPE: "closed the connection",
};
const FAMILIES: readonly [RegExp, string][] = [
  [/CERT|SSL|TLS|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO/, "has no trusted TLS certificate"],
  [/^HPE_/, "does not speak HTTP"],
];

/** Never the error's own message, which may tell the addresses behind a name. */
function noAnswer({ host }: URL, error: Error & { code?: string }, signal: AbortSignal): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (signal.aborted) return new DeliveryError(`${host} did not answer in time.`);
  const { code = "unknown" } = error;
  const words = WORDS[code] ?? FAMILIES.find(([form]) => form.test(code))?.[1] ?? "could not be reached";
  return new DeliveryError(`${host} ${words} (${code}).`);
}

function userOf({ username, password }: URL): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    // A stray per cent sign: as it stands.
    return `${username}:${password}`;
  }
}
