/** A callback of Countersign: who signed it, and the outcome that it tells. Pure. */

import { createHmac, timingSafeEqual } from "node:crypto";
import { keyBelow, secretBelow, secretBytes, secretsIn } from "../config/webhook-keys.ts";
import type { GateRequest } from "../handler/gateway.ts";

/** A callback as it came, so that whoever is handed it can verify it again. */
export interface SignedMessage {
  id: string;
  /** Seconds since 1970, as the header holds them. */
  timestamp: string;
  signature: string;
  /** To the letter. */
  body: string;
}

/** @param path of the address that the message was sent to, below that of the callbacks' service; null: not known */
export type Verifier = (message: SignedMessage, path?: string | null) => boolean;

/**
 * A verifier by the Standard Webhooks specification, but for the age, which its library insists on: a callback may have
 * waited in Restate for as long as the service was down, and to hear the same final outcome again changes nothing.
 *
 * A message has a signature by each of the server's secrets and one by each key of its address. One of them is enough: a
 * server may leave out the first kind, and a service with only its derived secret can verify only the second.
 * @param held WEBHOOK_SECRET of the server, or what `countersign webhook-key --below` prints for `service`; two of them,
 *   separated by a space, while they are changed
 * @param service the address of the service that takes the callbacks
 * @throws TypeError where there is none, or one cannot be decoded; it shows nothing of them
 */
export function verifierOf(held: string, service: URL | null = null): Verifier {
  const secrets = secretsIn(held).map(bytesOf);
  if (secrets.length === 0) throw wrongSecret();
  const below = service === null ? [] : [...secrets, ...secrets.map((secret) => secretBelow(secret, service))];
  return ({ id, timestamp, signature, body }, path = null) => {
    const keys = path === null ? secrets : [...secrets, ...below.map((secret) => keyBelow(secret, path))];
    const given = signature.split(" ").flatMap((one) => {
      const [version, digest] = one.split(",");
      return version === "v1" && digest !== undefined ? [Buffer.from(digest, "base64")] : [];
    });
    return keys.some((key) => {
      const right = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest();
      return given.some((digest) => digest.length === right.length && timingSafeEqual(digest, right));
    });
  };
}

function bytesOf(secret: string): Buffer {
  if (!/^(whsec_)?[A-Za-z0-9+/]+=*$/.test(secret)) throw wrongSecret();
  return secretBytes(secret);
}

const wrongSecret = () =>
  new TypeError(
    "webhookSecret may hold what WEBHOOK_SECRET of the server does, or what `countersign webhook-key --below` prints: a " +
      "secret in base64, or two of them.",
  );

const FINAL: ReadonlySet<unknown> = new Set(["APPROVED", "REJECTED", "TIMEOUT", "CANCELLED"]);

/** The final request that a callback's body tells of; null where it tells of none. */
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

/** A message as the bytes that resolve an awakeable. */
export const toBytes = (message: SignedMessage): Uint8Array => new TextEncoder().encode(JSON.stringify(message));

/** The message in what an awakeable was resolved with, by whomever; null where it is none. */
export function fromBytes(bytes: Uint8Array): SignedMessage | null {
  try {
    const { id, timestamp, signature, body } = JSON.parse(new TextDecoder().decode(bytes));
    const parts = { id, timestamp, signature, body };
    return Object.values(parts).every((part) => typeof part === "string") ? parts : null;
  } catch {
    return null;
  }
}
