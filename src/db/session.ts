/** Opens a single connection, for work that needs one session: migrations, locks and commands. */

import pg from "pg";
import { driverAddress } from "../config/database-address.ts";
import { oneLine } from "../model/one-line.ts";
import { type Bounds, KEEP_ALIVE, UNBOUNDED } from "./bounds.ts";
import { applySettings } from "./session-settings.ts";

export type Client = pg.Client;

export interface SessionOptions {
  /** A direct connection. */
  url: string;
  /** Shown in `pg_stat_activity`. */
  name: string;
  /** Default: no timeouts. */
  bounds?: Bounds;
  /** Called when the connection is lost. Its current query fails as well. */
  onBroken?: (error: Error) => void;
}

/**
 * Connects and applies the settings that the code relies on.
 * @throws Error with the host and the port if the server cannot be reached; SessionSettingsError
 */
export async function openSession({ url, name, bounds = UNBOUNDED, onBroken }: SessionOptions): Promise<pg.Client> {
  const client = clientOf(url, name);
  client.on("error", onBroken ?? (() => {}));
  await client.connect().catch((error: unknown) => {
    const { database, host, port } = client;
    const place = `database ${database} at ${host}:${port} (DATABASE_URL, DATABASE_LISTEN_URL)`;
    throw new Error(`no connection to ${place}: ${oneLine(error)}`, { cause: error });
  });
  try {
    await applySettings(client, bounds);
  } catch (error) {
    await client.end();
    throw error;
  }
  return client;
}

/** @throws Error for a file in the URL that cannot be read */
function clientOf(url: string, name: string): pg.Client {
  const connectionString = driverAddress(url);
  try {
    return new pg.Client({ connectionString, application_name: name, ...KEEP_ALIVE });
  } catch (error) {
    const files = "sslrootcert, sslcert or sslkey in DATABASE_URL or DATABASE_LISTEN_URL";
    throw new Error(`a file for ${files} cannot be read: ${oneLine(error)}`, { cause: error });
  }
}
