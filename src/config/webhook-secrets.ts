/** The secrets that sign webhooks, as `WEBHOOK_SECRET` holds them. */

import { Webhook } from "standardwebhooks";
import { endpointKey, secretBytes, secretsIn, shownKey } from "./webhook-keys.ts";

/**
 * A signer for each secret. Of the length only that there is any is asked, as older receivers have shorter ones.
 * @throws RangeError where there are none or more than two, or where one cannot be decoded; it shows nothing of them
 */
export function signersOf(held: string): readonly Webhook[] {
  const secrets = secretsIn(held);
  if (secrets.length !== 1 && secrets.length !== 2) throw new RangeError("Not one or two secrets.");
  return secrets.map((secret) => {
    try {
      return new Webhook(secret);
    } catch {
      throw new RangeError("A secret cannot be decoded.");
    }
  });
}

/**
 * A signer with the key of this endpoint for each secret, as `signersOf` reads them.
 * @param held what the variable holds
 */
export const endpointSignersOf = (held: string, url: URL): readonly Webhook[] =>
  secretsIn(held).map((secret) => new Webhook(shownKey(endpointKey(secretBytes(secret), url))));

/** The least that the specification allows. */
export const SHORTEST_WEBHOOK_SECRET_BYTES = 24;

/** Whether one of them is shorter than the specification allows. */
export const hasShortSecret = (held: string): boolean =>
  secretsIn(held).some((secret) => secretBytes(secret).byteLength < SHORTEST_WEBHOOK_SECRET_BYTES);
