import pg from "pg";
import { startDatabase } from "../test/support/stage/stage.ts";
import { insertRequests, RAW_DECISION, settle } from "./support/requests.ts";

const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1] as number;
await using running = new AsyncDisposableStack();
const db = await startDatabase(running);
const writer = new pg.Client({ connectionString: db.url });
await writer.connect();
running.defer(() => writer.end());
await db.pool.query("alter system set synchronous_commit=off");
await db.pool.query("select pg_reload_conf()");
const { rows } = await db.pool.query(
  "select indexname, indexdef from pg_indexes where tablename='approval_requests' and indexname not like '%pkey'",
);
const ids = await insertRequests(db.pool, 60_000);
await settle(db.pool);
let at = 0;
const one = async (n: number) => {
  const t: number[] = [];
  for (let i = 0; i < n; i++) {
    const s = performance.now();
    await writer.query({ ...RAW_DECISION, values: [ids[at++], "bob"] });
    t.push(performance.now() - s);
  }
  return t;
};
await one(1000);
for (const { indexname, indexdef } of rows) {
  const base: number[] = [],
    without: number[] = [];
  for (let r = 0; r < 3; r++) {
    base.push(...(await one(200)));
    await db.pool.query(`drop index ${indexname}`);
    without.push(...(await one(200)));
    await db.pool.query(indexdef);
  }
  console.log(
    indexname.padEnd(40),
    med(base).toFixed(3),
    med(without).toFixed(3),
    ((1 - med(without) / med(base)) * 100).toFixed(1) + "%",
  );
}
const { rows: tr } = await db.pool.query(
  "select tgname from pg_trigger where tgrelid='approval_requests'::regclass and not tgisinternal",
);
for (const { tgname } of tr) {
  const base: number[] = [],
    without: number[] = [];
  for (let r = 0; r < 3; r++) {
    base.push(...(await one(200)));
    await db.pool.query(`alter table approval_requests disable trigger ${tgname}`);
    without.push(...(await one(200)));
    await db.pool.query(`alter table approval_requests enable trigger ${tgname}`);
  }
  console.log(
    "trigger",
    tgname.padEnd(40),
    med(base).toFixed(3),
    med(without).toFixed(3),
    ((1 - med(without) / med(base)) * 100).toFixed(1) + "%",
  );
}
