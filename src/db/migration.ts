/** The type of a migration. */

/** One step from one version of the database to the next. */
export interface Migration {
  version: number;
  /** As in `0001_tables`. */
  name: string;
  sql: string;
}
