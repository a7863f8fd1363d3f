/** Parses a database URL into its parts. */

import type { ConnectionOptions } from "node:tls";
import pg from "pg";
import { driverAddress } from "../config/database-address.ts";

/** Parses with the pool's driver, so that both agree about socket directories, TLS options and PG* variables. */
export function parseAddress(url: string) {
  const client = new pg.Client({ connectionString: driverAddress(url) });
  const { host, port, user, database, password } = client;
  // The driver's types declare only a boolean.
  const ssl = client.ssl as boolean | ConnectionOptions;
  const path = host.startsWith("/") ? `${host}/.s.PGSQL.${port}` : null;
  // The key of the client certificate is not enumerable, so a copy of the driver's options lacks it.
  const withKey = typeof ssl === "object" && ssl.key !== undefined ? { ...ssl, key: ssl.key } : ssl;
  return { host, port, user, database, password, ssl: withKey, path };
}
