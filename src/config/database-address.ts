/** Addresses of databases: which are accepted, and how the driver is given them. */

/** The values of `sslmode` in an address, as docs/database.md explains them. */
export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify"] as const;

const EXAMPLE = "an address such as postgres://user:password@host:5432/database";
const SSL_MODE = /([?&]sslmode=)([^&#]*)/;
const SYSTEM_ROOTS = /([?&])sslrootcert=system(?=[&#]|$)/;
const SYSTEM_MODE = "$1sslmode=verify-full";
const LIBPQ = /[?&]uselibpqcompat=true(?=[&#]|$)/;

/** What an address may be, where this one is wrong; null where it is right. The answer shows nothing of it. */
export function addressFault(address: string): string | null {
  if (!/^postgres(ql)?:\/\//i.test(address) || parse(address) === null) return EXAMPLE;
  const mode = SSL_MODE.exec(address)?.[2];
  if (mode === undefined || (SSL_MODES as readonly string[]).includes(mode)) return null;
  return `${EXAMPLE}?sslmode=verify-full, with sslmode one of ${SSL_MODES.join(", ")}`;
}

/**
 * The address for the driver. It verifies the server's certificate and name in every mode from `allow` to `verify-full`,
 * and warns of the ones that libpq understands differently; the warning is not JSON and so not for the log.
 * @throws TypeError for an address that is wrong
 */
export function driverAddress(address: string): string {
  const fault = addressFault(address);
  if (fault !== null) throw new TypeError(`the address of the database must be ${fault}.`);
  if (LIBPQ.test(address)) return address;
  // It means the authorities that Node.js trusts, which the driver takes without being told; and it asks for TLS.
  const plain = SSL_MODE.test(address)
    ? address.replace(SYSTEM_ROOTS, "$1")
    : address.replace(SYSTEM_ROOTS, SYSTEM_MODE);
  return plain.replace(SSL_MODE, (all, key: string, mode: string) =>
    mode === "disable" || mode === "no-verify" ? all : `${key}verify-full`,
  );
}

/** Without a host, as in `postgres://user:password@/database?host=/run/postgresql`, an address is no URL; the driver takes it. */
const parse = (address: string): URL | null => URL.parse(address) ?? URL.parse(address.replace("@/", "@localhost/"));
