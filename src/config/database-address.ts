/** Checks database URLs and converts them for the driver. */

/** The values of `sslmode`, as docs/database.md explains them. */
export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify"] as const;

const EXAMPLE = "an address such as postgres://user:password@host:5432/database";
const SSL_MODE = /([?&]sslmode=)([^&#]*)/;
const SYSTEM_ROOTS = /([?&])sslrootcert=system(?=[&#]|$)/;
const SYSTEM_MODE = "$1sslmode=verify-full";
const LIBPQ = /[?&]uselibpqcompat=true(?=[&#]|$)/;

/**
 * Returns the form of a database URL if this one is wrong; null if it is right. The text contains no part of the URL.
 */
export function addressFault(address: string): string | null {
  if (!/^postgres(ql)?:\/\//i.test(address) || parse(address) === null) return EXAMPLE;
  const mode = SSL_MODE.exec(address)?.[2];
  if (mode === undefined || (SSL_MODES as readonly string[]).includes(mode)) return null;
  return `${EXAMPLE}?sslmode=verify-full, with sslmode one of ${SSL_MODES.join(", ")}`;
}

/**
 * Returns the URL for the driver. The driver verifies the server's certificate and name in every mode from `allow` to
 * `verify-full`, and warns about modes that libpq treats differently. That warning is not JSON, so this avoids it.
 * @throws TypeError for a wrong URL
 */
export function driverAddress(address: string): string {
  const fault = addressFault(address);
  if (fault !== null) throw new TypeError(`the address of the database must be ${fault}.`);
  if (LIBPQ.test(address)) return address;
  // It means the authorities that Node.js trusts, which are the driver's default, and it requires TLS.
  const plain = SSL_MODE.test(address)
    ? address.replace(SYSTEM_ROOTS, "$1")
    : address.replace(SYSTEM_ROOTS, SYSTEM_MODE);
  return plain.replace(SSL_MODE, (all, key: string, mode: string) =>
    mode === "disable" || mode === "no-verify" ? all : `${key}verify-full`,
  );
}

/**
 * Without a host, as in `postgres://user:password@/database?host=/run/postgresql`, it is not a URL, but the driver
 * accepts it.
 */
const parse = (address: string): URL | null => URL.parse(address) ?? URL.parse(address.replace("@/", "@localhost/"));
