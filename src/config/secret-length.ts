/** The length of secrets that sign tokens. */

/** HS256 requires a key as long as its hash. Anyone with a token can guess a shorter one offline. */
export const SHORTEST_SECRET_BYTES = 32;

/** Whether a secret that signs tokens is too short. */
export const isShortSecret = (secret: string): boolean => Buffer.byteLength(secret) < SHORTEST_SECRET_BYTES;

/**
 * The warning about a short secret where it is accepted.
 * @param name of the variable
 * @param bytes the shortest length that this variable should have
 */
export const shortSecretWarning = (name: string, bytes: number = SHORTEST_SECRET_BYTES): string =>
  `${name} is shorter than ${bytes} bytes and may be guessed; use a random one`;
