/** Starts PostGraphile, which bench/peers installs, and opens waits on it. */

import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Pool } from "../../src/db/pool.ts";
import { startNode } from "../../test/support/stage/node-process.ts";
import type { Database } from "../../test/support/stage/stage.ts";
import { type Update, Waits } from "./client.ts";
import { seconds } from "./numbers.ts";

const PEERS = fileURLToPath(new URL("../peers/", import.meta.url));
const INSTALLED = `${PEERS}node_modules/postgraphile/package.json`;
const CHECK_MS = 10;
/** How long opening waits may take. */
const LIMIT_MS = 300_000;

/** The name with the installed version; null if it is not installed. */
export const postGraphileName = (): string | null =>
  existsSync(INSTALLED) ? `PostGraphile ${JSON.parse(readFileSync(INSTALLED, "utf8")).version}` : null;

export const HOW_TO_INSTALL = "PostGraphile 5 is not measured: `npm ci --prefix bench/peers` installs it.";

/** Why there is no figure of PostGraphile to compare with. */
export const absent = (name: string | null): string =>
  name === null ? "PostGraphile 5: not installed" : `${name}: not live after ${seconds(LIMIT_MS)}`;

// A topic for each request, as in PostGraphile's documentation. It serves the view of a schema of its own.
const NOTIFY_BY_TOPIC = `
create schema peers;
create view peers.approval_requests as select id, version, status, title from approval_requests;
create function peers.notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('approval_request:' || id,
                    json_build_object('id', id, 'version', version, 'status', status)::text) from changed;
  return null;
end $$;
create trigger peers_notify after update on approval_requests
  referencing new table as changed for each statement execute function peers.notify();
alter table approval_requests disable trigger peers_notify`;

/** Adds the NOTIFY that PostGraphile needs, switched off. */
export const createTopics = (pool: Pool) => pool.query(NOTIFY_BY_TOPIC);

/** Replaces the project's NOTIFY of changes by PostGraphile's, or the other way around. */
export const switchTopics = (pool: Pool, on: boolean) =>
  pool.query(`
    alter table approval_requests ${on ? "enable" : "disable"} trigger peers_notify;
    alter table approval_requests ${on ? "disable" : "enable"} trigger approval_requests_notify_update`);

export interface PostGraphile {
  /**
   * Opens a wait for each request on a new socket, and resolves when the server listens for all of them; null if that
   * takes longer than the limit.
   * @param groupSize how many to open at once. The time grows with the cube of all; in small groups it is a third.
   */
  open(ids: readonly string[], onUpdate: (update: Update) => void, groupSize?: number): Promise<Waits | null>;
}

/** Starts PostGraphile on a database; `running` ends it. */
export async function startPostGraphile(running: AsyncDisposableStack, { url }: Database): Promise<PostGraphile> {
  const server = startNode(`${PEERS}postgraphile.ts`, { DATABASE_URL: url, GRAPHILE_ENV: "production" });
  // It does not react to SIGTERM while it is busy with LISTEN.
  running.defer(() => server.stop("SIGKILL"));
  const address = await server.line();

  /** Whether the server listens for as many topics before `until`. While it is busy it does not answer. */
  async function live(topics: number, until: number): Promise<boolean> {
    for (;;) {
      const limit = sleep(Math.max(0, until - Date.now()), null, { ref: false });
      const listening = await Promise.race([server.ask<number>("live"), limit]);
      if (listening === null || listening >= topics) return listening !== null;
      await sleep(CHECK_MS);
    }
  }

  return {
    async open(ids, onUpdate, groupSize = ids.length) {
      const until = Date.now() + LIMIT_MS;
      const waits = await Waits.open(address, "", onUpdate);
      for (let opened = 0; opened < ids.length; ) {
        const group = ids.slice(opened, opened + groupSize);
        for (const id of group) waits.add(id);
        opened += group.length;
        if (await live(opened, until)) continue;
        waits.drop();
        return null;
      }
      return waits;
    },
  };
}
