/** An address of PostgreSQL in its parts. */

import type { ConnectionOptions } from "node:tls";
import pg from "pg";
import { driverAddress } from "../config/database-address.ts";

/** As the pool's driver reads it, so that both mean the same by a socket directory, TLS words and PG* variables. */
export function parseAddress(url: string) {
  const client = new pg.Client({ connectionString: driverAddress(url) });
  const { host, port, user, database, password } = client;
  // The driver's types know only whether it is on.
  const ssl = client.ssl as boolean | ConnectionOptions;
  const path = host.startsWith("/") ? `${host}/.s.PGSQL.${port}` : null;
  // A copy of the driver's options lacks the key of the client certificate, which is not enumerable.
  const withKey = typeof ssl === "object" && ssl.key !== undefined ? { ...ssl, key: ssl.key } : ssl;
  return { host, port, user, database, password, ssl: withKey, path };
}
