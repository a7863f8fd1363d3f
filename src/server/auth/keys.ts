/** Fetches the public keys of an identity provider, and fetches them again when they change. */

import { setTimeout as delay } from "node:timers/promises";
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";

/** Only asymmetric algorithms, so that a public key is never used as a secret. */
export const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/**
 * A token may name an unknown key: the provider has a new key, or the name is invented. The keys are then fetched
 * again, but at most once in this interval. In the meantime, tokens with unknown keys wait, because they may be valid.
 */
const REFETCH_AFTER_MS = 1_000;

export interface RemoteKeys {
  /** The claims of a token. @throws jose's errors; `TypeError` or a plain `JOSEError` if the keys cannot be fetched */
  verify(token: string, options: Omit<JWTVerifyOptions, "algorithms">): Promise<JWTPayload>;
}

/** @param url of a JSON Web Key Set */
export function remoteKeys(url: string): RemoteKeys {
  const keySet = createRemoteJWKSet(new URL(url), { cooldownDuration: REFETCH_AFTER_MS });

  async function verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, keySet, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload;
        } catch (refused) {
          if (!(refused instanceof errors.JWSSignatureVerificationFailed)) throw refused;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }

  return {
    async verify(token, given) {
      const options = { ...given, algorithms: ASYMMETRIC };
      const tooSoon = keySet.coolingDown;
      try {
        return await verify(token, options);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !tooSoon) throw error;
        await delay(REFETCH_AFTER_MS);
        return verify(token, options);
      }
    },
  };
}
