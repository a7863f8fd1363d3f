/** `countersign webhook-key` */

import { ConfigError, maskUrl } from "../config/environment.ts";
import { shortSecretWarning } from "../config/secret-length.ts";
import {
  endpointKey,
  formatKey,
  hasShortSecret,
  SHORTEST_WEBHOOK_SECRET_BYTES,
  secretBelow,
  secretBytes,
  secretsIn,
  WEBHOOK_SECRET_FORM,
} from "../config/webhook-keys.ts";
import { parseUrl } from "../model/parse-url.ts";
import { command } from "./command.ts";

const BASE64 = /^(whsec_)?[A-Za-z0-9+/]+=*$/;

/** @throws ConfigError, without the secrets */
function secretsOf(held: string | undefined): Buffer[] {
  const secrets = secretsIn(held ?? "");
  const areRight = secrets.length === 1 || secrets.length === 2;
  if (areRight && secrets.every((secret) => BASE64.test(secret))) return secrets.map(secretBytes);
  throw new ConfigError("WEBHOOK_SECRET", secrets.length === 0 ? "" : null, WEBHOOK_SECRET_FORM);
}

export const webhookKeyCommand = command({
  name: "webhook-key",
  about: "print the key with which an endpoint verifies its webhooks",
  text:
    "Derives the signing key of a webhook endpoint or callback address from WEBHOOK_SECRET, and prints it. " +
    "User, query and fragment of the address do not matter. If WEBHOOK_SECRET has two secrets, prints the " +
    "key of each on its own line, in their order.",
  operand: { name: "URL" },
  options: {
    below: {
      about: "print the secret from which the keys of all addresses below URL are derived, for a Restate service",
    },
  },
  exits: "0, or 4 if URL or WEBHOOK_SECRET is not valid.",
  failureCode: 4,
  examples: ["WEBHOOK_SECRET=… countersign webhook-key https://hooks.company.com/deploy"],
  async run(values, held) {
    const url = parseUrl(held);
    if (url === null || !["http:", "https:"].includes(url.protocol)) {
      throw new ConfigError("URL", maskUrl(held), "an http:// or https:// URL");
    }
    if (hasShortSecret(process.env.WEBHOOK_SECRET ?? "")) {
      console.error(`countersign: warning: ${shortSecretWarning("WEBHOOK_SECRET", SHORTEST_WEBHOOK_SECRET_BYTES)}`);
    }
    const derive = values.below ? secretBelow : endpointKey;
    for (const secret of secretsOf(process.env.WEBHOOK_SECRET)) console.log(formatKey(derive(secret, url)));
    return 0;
  },
});
