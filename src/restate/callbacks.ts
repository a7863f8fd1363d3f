/** Receives Countersign's callbacks: a Restate object with one handler, behind Restate's ingress. */

import { handlers, type ObjectSharedContext, object, serde, TerminalError } from "@restatedev/restate-sdk";
import { outcomeIn, toBytes, type Verifier } from "./signed-message.ts";

/** The format of an awakeable's id. Only Restate knows whether the awakeable exists. */
const AWAKEABLE = /^(sign|prom)_1[\w-]+$/;

/**
 * The base address of callbacks.
 * @param ingressUrl without a trailing slash
 */
export const serviceUrl = (ingressUrl: string, serviceName: string): string => `${ingressUrl}/${serviceName}`;

/** The path of an awakeable's callback below the base address. */
export const callbackPath = (awakeableId: string): string => `${awakeableId}/outcome`;

/**
 * The Restate object. Its key is the awakeable of the callback; it has no state. Restate retries it if the service is
 * down, so a callback that reached the ingress is not lost. A message without a valid signature is answered with 401.
 */
export function callbackObject(serviceName: string, verify: Verifier) {
  const outcome = async (ctx: ObjectSharedContext, bytes: Uint8Array): Promise<void> => {
    const { headers } = ctx.request();
    const message = {
      id: headers.get("webhook-id") ?? "",
      timestamp: headers.get("webhook-timestamp") ?? "",
      signature: headers.get("webhook-signature") ?? "",
      body: new TextDecoder().decode(bytes),
    };
    if (!verify(message, callbackPath(ctx.key)))
      throw refusal(401, "The message is not signed with the webhook secret of this service.");
    if (!AWAKEABLE.test(ctx.key)) throw refusal(404, `${ctx.key} is not an awakeable.`);
    if (outcomeIn(message.body) === null) throw refusal(422, "The message has no outcome.");
    ctx.resolveAwakeable(ctx.key, toBytes(message), serde.binary);
  };
  return object({
    name: serviceName,
    description: "Receives Countersign's signed callbacks and resumes the invocations that wait for them.",
    handlers: { outcome: handlers.object.shared({ accept: "*/*", input: serde.binary }, outcome) },
    // A service may be down for days, but an id that only looks like an awakeable's fails each time.
    // Journals are not retained, because anyone can send messages to the ingress.
    options: {
      retryPolicy: { maxInterval: { seconds: 30 }, maxAttempts: 10_000, onMaxAttempts: "kill" },
      journalRetention: 0,
    },
  });
}

const refusal = (errorCode: number, message: string) => new TerminalError(message, { errorCode });
