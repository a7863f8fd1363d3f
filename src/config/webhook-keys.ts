/**
 * Derives the signing key of an endpoint from `WEBHOOK_SECRET`. A receiver can verify its own messages, but cannot sign
 * messages to other receivers.
 *
 * An endpoint is a URL without user, query and fragment, as the URL parser writes it and without the dot at the end of a
 * host name: `https://hooks.company.com/deploy`. The key is derived along the URL with one HKDF (SHA-256, no salt,
 * 32 bytes) for the origin, one for each segment of the path, and a final one. The info of each is a label and the SHA-256
 * of the part. So the secret of a path yields the keys of all URLs below it, and a key yields no other key.
 */

import { hash, hkdfSync } from "node:crypto";
import { hostOf } from "./callback-hosts.ts";

/** The form of the variable, for messages. */
export const WEBHOOK_SECRET_FORM =
  "one secret, or two separated by a space while the receiver changes over: base64 of 24 to 64 bytes, with or without " +
  "`whsec_` before it";

/** The secrets in the variable, the newest first. */
export const secretsIn = (text: string): string[] => text.split(/[\s,]+/).filter((secret) => secret !== "");

const BYTES = 32;

/** Uses the hash of the part, because a part may be longer than the info of an HKDF. */
const derive = (secret: Uint8Array, label: "origin" | "segment" | "key", part: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "", `countersign webhook ${label} ${hash("sha256", part)}`, BYTES));

const originOf = (url: URL): string => {
  const port = url.port === "" ? "" : `:${url.port}`;
  return `${url.protocol}//${hostOf(url)}${port}`;
};

const segmentsOf = (path: string): string[] => path.replace(/^\//, "").split("/");

/** The bytes of a secret, with or without `whsec_`. */
export const secretBytes = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ""), "base64");

/** The shortest secret that the specification allows. */
export const SHORTEST_WEBHOOK_SECRET_BYTES = 24;

/** Whether a secret is shorter than the specification allows. */
export const hasShortSecret = (text: string): boolean =>
  secretsIn(text).some((secret) => secretBytes(secret).byteLength < SHORTEST_WEBHOOK_SECRET_BYTES);

/** A key in the form in which receivers configure it. */
export const formatKey = (key: Uint8Array): string => `whsec_${Buffer.from(key).toString("base64")}`;

/**
 * The secret from which the keys of all URLs below this one are derived. A slash at the end does not matter.
 * @param secret the bytes of WEBHOOK_SECRET
 */
export function secretBelow(secret: Uint8Array, url: URL): Uint8Array {
  const path = url.pathname.replace(/\/+$/, "");
  return along(derive(secret, "origin", originOf(url)), path === "" ? [] : segmentsOf(path));
}

/** The key of the URL at `path` below the URL that has this secret. */
export const keyBelow = (secret: Uint8Array, path: string): Buffer =>
  derive(along(secret, segmentsOf(path)), "key", "");

/** The key that signs messages to this URL. */
export const endpointKey = (secret: Uint8Array, url: URL): Buffer =>
  keyBelow(derive(secret, "origin", originOf(url)), url.pathname);

const along = (secret: Uint8Array, segments: readonly string[]): Uint8Array =>
  segments.reduce((parent, segment) => derive(parent, "segment", segment), secret);
