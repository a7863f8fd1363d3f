/** The environment variables of the database. */

import { databaseUrl, textWithDefault } from "./kinds.ts";

export const DATABASE_VARIABLES = {
  DATABASE_URL: databaseUrl({
    about:
      "PostgreSQL 14 or newer with the encoding UTF8; may point at PgBouncer in transaction mode. " +
      "[The database](database.md) describes rights, addresses, TLS, settings and poolers.",
    defaultInWords: "the embedded PostgreSQL",
    example: "postgres://gate:password@db.example:5432/gate",
  }),
  DATABASE_LISTEN_URL: databaseUrl({
    about: "A direct connection for LISTEN, migration locks and the orchestrator.",
    defaultInWords: "`DATABASE_URL`",
    example: "postgres://gate:password@db.example:5432/gate",
  }),
  DATA_DIR: textWithDefault({
    about: "The folder in which the embedded PostgreSQL stores its files.",
    default: ".data",
    example: "/var/lib/countersign",
  }),
};
