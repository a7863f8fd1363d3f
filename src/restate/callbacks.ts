/** Where Countersign's callbacks arrive: a Restate object with one handler, behind Restate's own ingress. */

import { handlers, type ObjectSharedContext, object, serde, TerminalError } from "@restatedev/restate-sdk";
import { outcomeIn, toBytes, type Verifier } from "./signed-message.ts";

/** What an awakeable's id looks like; Restate itself knows whether it is one. */
const AWAKEABLE = /^(sign|prom)_1[\w-]+$/;

/**
 * The address below which callbacks arrive.
 * @param ingressUrl without a slash at its end
 */
export const serviceUrl = (ingressUrl: string, serviceName: string): string => `${ingressUrl}/${serviceName}`;

/** Where below it the callback of an awakeable arrives. */
export const callbackPath = (awakeableId: string): string => `${awakeableId}/outcome`;

/**
 * The object: its key is the awakeable that a callback is for, and it keeps no state. Restate runs it again if the service
 * was down or died, so a callback that reached the ingress is not lost. What is not signed is answered with 401.
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
      throw refusal(401, "This is not signed with the webhook secret of this service.");
    if (!AWAKEABLE.test(ctx.key)) throw refusal(404, `${ctx.key} is not an awakeable.`);
    if (outcomeIn(message.body) === null) throw refusal(422, "This has no outcome.");
    ctx.resolveAwakeable(ctx.key, toBytes(message), serde.binary);
  };
  return object({
    name: serviceName,
    description: "Takes Countersign's signed callbacks and wakes the invocations that wait for them.",
    handlers: { outcome: handlers.object.shared({ accept: "*/*", input: serde.binary }, outcome) },
    // A service may be away for days; but an id that only looks like an awakeable's fails each time.
    // What strangers send to the ingress is not worth keeping.
    options: {
      retryPolicy: { maxInterval: { seconds: 30 }, maxAttempts: 10_000, onMaxAttempts: "kill" },
      journalRetention: 0,
    },
  });
}

const refusal = (errorCode: number, message: string) => new TerminalError(message, { errorCode });
