/** Verifies a callback of Countersign and reads its outcome. Pure. */

import { createHmac, timingSafeEqual } from "node:crypto";
import { keyBelow, secretBelow, secretBytes, secretsIn } from "../config/webhook-keys.ts";
import type { GateRequest } from "../handler/gateway.ts";

/** A callback as it was received, so that each receiver can verify it again. */
export interface SignedMessage {
  id: string;
  /** Seconds since 1970, as in the header. */
  timestamp: string;
  signature: string;
  /** The exact text. */
  body: string;
}

/** @param path the path of the callback's address below the service's address; null if unknown */
export type Verifier = (message: SignedMessage, path?: string | null) => boolean;

/**
 * Creates a verifier by the Standard Webhooks specification. It does not check the age, as its library would: a
 * callback may have waited in Restate while the service was down, and receiving the same final outcome again has no
 * effect.
 *
 * A message has a signature by each of the server's secrets and one by each key of its address. One valid signature is
 * enough: a server may omit the first kind, and a service with only a derived secret can verify only the second.
 * @param secretText WEBHOOK_SECRET of the server, or the output of `countersign webhook-key --below` for `service`; two
 *   secrets, separated by a space, during rotation
 * @param service the address of the service that receives the callbacks
 * @throws TypeError if there is no secret, or one cannot be decoded; the error does not contain the text
 */
export function verifierOf(secretText: string, service: URL | null = null): Verifier {
  const secrets = secretsIn(secretText).map(bytesOf);
  if (secrets.length === 0) throw wrongSecret();
  const below = service === null ? [] : [...secrets, ...secrets.map((secret) => secretBelow(secret, service))];
  return ({ id, timestamp, signature, body }, path = null) => {
    const keys = path === null ? secrets : [...secrets, ...below.map((secret) => keyBelow(secret, path))];
    const given = signature.split(" ").flatMap((one) => {
      const [version, digest] = one.split(",");
      return version === "v1" && digest !== undefined ? [Buffer.from(digest, "base64")] : [];
    });
    return keys.some((key) => {
      const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest();
      return given.some((digest) => digest.length === expected.length && timingSafeEqual(digest, expected));
    });
  };
}

function bytesOf(secret: string): Buffer {
  if (!/^(whsec_)?[A-Za-z0-9+/]+=*$/.test(secret)) throw wrongSecret();
  return secretBytes(secret);
}

const wrongSecret = () =>
  new TypeError(
    "webhookSecret must be the WEBHOOK_SECRET of the server, or the output of `countersign webhook-key --below`: one " +
      "secret in base64, or two separated by a space.",
  );

const FINAL: ReadonlySet<unknown> = new Set(["APPROVED", "REJECTED", "TIMEOUT", "CANCELLED"]);

/** The final request in a callback's body; null if there is none. */
export function outcomeIn(body: string): GateRequest | null {
  const request = requestIn(body);
  if (request === null || typeof request.id !== "string" || !FINAL.has(request.status)) return null;
  if (!Array.isArray(request.approvers)) return null;
  const { context, description, metadata, ...rest } = request;
  const approvalsReceived = request.approvers.length;
  return {
    ...rest,
    isOpen: false,
    isUrgent: false,
    timeRemainingMs: null,
    approvalsReceived,
  } as unknown as GateRequest;
}

function requestIn(body: string): Record<string, unknown> | null {
  try {
    const request: unknown = JSON.parse(body)?.data?.request;
    return typeof request === "object" && request !== null ? (request as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Encodes a message as the value of an awakeable. */
export const toBytes = (message: SignedMessage): Uint8Array => new TextEncoder().encode(JSON.stringify(message));

/** Decodes the value of an awakeable, which anyone may have resolved; null if it is not a message. */
export function fromBytes(bytes: Uint8Array): SignedMessage | null {
  try {
    const { id, timestamp, signature, body } = JSON.parse(new TextDecoder().decode(bytes));
    const parts = { id, timestamp, signature, body };
    return Object.values(parts).every((part) => typeof part === "string") ? parts : null;
  } catch {
    return null;
  }
}
