/** Finds programs of Debian's packages, if they are installed: `.ci/run` installs them if it can. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const POSTGRES = "/usr/lib/postgresql";
/** Older ones make no cluster that is ordered by ICU. */
const OLDEST = 15;
const PGBOUNCER = "/usr/sbin/pgbouncer";

/** The folder with the programs of the newest PostgreSQL; undefined if there is none. */
export function debianPostgres(): string | undefined {
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES).map(Number) : [];
  return versions
    .filter((version) => version >= OLDEST)
    .sort((a, b) => b - a)
    .map((version) => join(POSTGRES, String(version), "bin"))
    .find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

export const pgbouncer = (): string | undefined => (existsSync(PGBOUNCER) ? PGBOUNCER : undefined);

/** For the title of tests: states that they are skipped, and why, as the log does, which does not list skipped tests. */
export function orSkipped(program: string | undefined, apt: string): string {
  if (program !== undefined) return "";
  const reason = `SKIPPED: it is not installed; apt-get install ${apt}`;
  console.warn(`tests with Debian's ${apt}: ${reason}`);
  return ` (${reason})`;
}
