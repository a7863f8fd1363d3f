/** Creates signers from the secrets in `WEBHOOK_SECRET`. */

import { Webhook } from "standardwebhooks";
import { endpointKey, formatKey, secretBytes, secretsIn } from "./webhook-keys.ts";

/**
 * Creates a signer for each secret. Any length is accepted, because older receivers have shorter secrets.
 * @throws RangeError if there is no secret, more than two, or one that cannot be decoded; the message shows no secret
 */
export function signersOf(text: string): readonly Webhook[] {
  const secrets = secretsIn(text);
  if (secrets.length !== 1 && secrets.length !== 2) throw new RangeError("There must be one or two secrets.");
  return secrets.map((secret) => {
    try {
      return new Webhook(secret);
    } catch {
      throw new RangeError("A secret cannot be decoded.");
    }
  });
}

/**
 * Creates a signer with the key of this endpoint for each secret.
 * @param text the value of the variable
 */
export const endpointSignersOf = (text: string, url: URL): readonly Webhook[] =>
  secretsIn(text).map((secret) => new Webhook(formatKey(endpointKey(secretBytes(secret), url))));
