/** The errors for tokens that are not accepted, and the sentences that explain them to the caller. */

import { errors } from "jose";

/** The token is missing or not valid. Clients may see the message. */
export class UnauthenticatedError extends Error {
  override readonly name = "UnauthenticatedError";
}

/** The identity provider's keys cannot be fetched, so the token cannot be verified. */
export class KeysUnavailableError extends Error {
  override readonly name: string = "KeysUnavailableError";
}

/** The error for an expired token. @param exp in seconds since 1970 */
export function expiredToken(exp: unknown): UnauthenticatedError {
  const at = new Date(typeof exp === "number" ? exp * 1_000 : Number.NaN);
  const when = Number.isNaN(at.getTime()) ? "" : ` at ${at.toISOString().replace(".000Z", "Z")}`;
  return new UnauthenticatedError(`The token expired${when}.`);
}

/**
 * The error for a failed verification. jose checks the claims after the signature, so only the owner of a token that
 * was signed with an accepted key learns which claim is wrong. The expected values are never shown.
 */
export function refusalOf(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return expiredToken(error.payload.exp);
  const unavailable =
    !(error instanceof errors.JOSEError || error instanceof TypeError) ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.constructor === errors.JOSEError ||
    (error instanceof TypeError && error.message === "fetch failed");
  if (unavailable) {
    return new KeysUnavailableError("The keys of AUTH_JWKS_URL cannot be fetched.", { cause: error });
  }
  return new UnauthenticatedError(`The token is not valid: ${reasonOf(error)}.`);
}

/** The settings that tokens must agree with, by the name of the claim. */
const SETTINGS: Readonly<Record<string, string>> = { aud: "AUTH_AUDIENCE", iss: "AUTH_ISSUER" };

function reasonOf(error: Error): string {
  if (error instanceof errors.JWTClaimValidationFailed) return claimReasonOf(error);
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "its signature is wrong; it was signed with another key, or was changed";
  }
  if (error instanceof errors.JWKSNoMatchingKey) return "it was signed with a key that AUTH_JWKS_URL does not list";
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid || error instanceof TypeError) {
    return "it is not a JWT";
  }
  return error.message;
}

function claimReasonOf({ claim, reason, message }: errors.JWTClaimValidationFailed): string {
  const setting = SETTINGS[claim];
  if (reason === "missing") {
    return setting === undefined
      ? `it has no "${claim}"`
      : `it has no "${claim}", which must be the server's ${setting}`;
  }
  if (setting !== undefined) return `its "${claim}" is not the server's ${setting}`;
  return claim === "nbf" ? 'it becomes valid later (its "nbf" is in the future)' : message;
}
