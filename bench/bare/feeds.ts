/**
 * Yoga's pub/sub with the changes of a database. FEED=listen takes them from the NOTIFY of the triggers, on one
 * connection and without a read; FEED=poll reads the rows of all waits with one query each second. Both read the row of
 * a new wait for its first message, and neither checks rights. Without waits they do nothing.
 */

import { createPubSub, Repeater } from "graphql-yoga";
import pg from "pg";
import type { Update } from "../support/client.ts";
import { serve } from "./yoga.ts";

const POLL_MS = 1_000;
const ROWS = "select id, version, status from approval_requests where id = any ($1::uuid[])";

const connectionString = process.env.DATABASE_URL;
const pool = new pg.Pool({ connectionString, max: 10 });
const events = createPubSub<Record<string, [event: Update]>>();
/** The version that was sent last, by request. */
const sent = new Map<string, number>();

const read = async (ids: readonly string[]) =>
  (await pool.query<Update>({ name: "rows", text: ROWS, values: [ids] })).rows;

function publish(update: Update): void {
  if (update.version > (sent.get(update.id) ?? Number.POSITIVE_INFINITY)) events.publish(update.id, update);
}

async function listen(): Promise<{ start(): Promise<unknown>; stop(): Promise<unknown> }> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  client.on("notification", ({ payload = "" }) => {
    for (const entry of payload.split(",")) {
      const [id = "", version, status = ""] = entry.split(":");
      publish({ id, version: Number(version), status });
    }
  });
  return { start: () => client.query("listen countersign"), stop: () => client.query("unlisten countersign") };
}

function poll(): { start(): Promise<unknown>; stop(): Promise<unknown> } {
  let timer: NodeJS.Timeout;
  return {
    start: async () => {
      timer = setInterval(async () => (await read([...sent.keys()])).forEach(publish), POLL_MS);
    },
    stop: async () => clearInterval(timer),
  };
}

const feed = process.env.FEED === "poll" ? poll() : await listen();
let started: Promise<unknown> = Promise.resolve();

serve(
  (id) =>
    new Repeater<Update>(async (push, stop) => {
      if (sent.size === 0) started = feed.start();
      sent.set(id, 0);
      const row = started.then(async () => (await read([id]))[0] as Update);
      // The merge subscribes to the changes before the row is read, so that none is lost.
      const updates = Repeater.merge([row, events.subscribe(id)]);
      void stop.then(() => updates.return());
      for await (const update of updates) {
        if (update.version <= (sent.get(id) ?? 0)) continue;
        sent.set(id, update.version);
        void push(update);
      }
      sent.delete(id);
      if (sent.size === 0) await feed.stop();
    }),
);
