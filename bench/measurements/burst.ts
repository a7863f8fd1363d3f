/** Measures the time until the last of many waiters is notified, when all requests are decided at the same time. */

import { type Database, deciderToken, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { Arm, type Burst, compared, type Decide, measureBurst, meets } from "../support/arms.ts";
import { approval, openWaits, type Update } from "../support/client.ts";
import { startFeed } from "../support/feeds.ts";
import { startClients } from "../support/load.ts";
import { ms, perSecond, seconds } from "../support/numbers.ts";
import {
  absent,
  createTopics,
  HOW_TO_INSTALL,
  postGraphileName,
  startPostGraphile,
  switchTopics,
} from "../support/postgraphile.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

const CLIENTS = 64;
const BAR = 0.5;

// As an operator would with psql; the triggers notify the waiters.
const DECIDE_ALL = `
update approval_requests
   set status = 'APPROVED', approvers = '{bob}', decided_by = 'bob', decision_source = 'APPROVER'
 where id = any ($1::uuid[])`;

// Without the triggers, which refuse it and would notify.
const REOPEN_ALL = `
update approval_requests
   set status = 'PENDING', approvers = '{}', decided_by = null, decision_source = null, decision = null, decided_at = null
 where id = any ($1::uuid[])`;

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const count = quick ? 500 : 5_000;
  const rounds = quick ? 1 : 5;
  const database = await startDatabase(running);
  const { pool } = database;
  const api = await startApi(running, database);
  const load = startClients(running);
  const [waiter, decider] = [await waiterToken(), await deciderToken()];

  const bySql: Decide = async (ids) => {
    const startedAt = Date.now();
    await pool.query(DECIDE_ALL, [ids]);
    return { startedAt, endedAt: Date.now() };
  };
  const byApi: Decide = async (ids) => {
    const bodies = ids.map((id) => approval(id));
    const { startedAt, tookMs } = await load({
      url: `${api.url}/graphql`,
      token: decider,
      bodies,
      clients: CLIENTS,
      expect: '"APPROVED"',
    });
    return { startedAt, endedAt: startedAt + tookMs };
  };
  /** Bursts of new requests, whose waits are opened first. */
  const ofNew = (url: string, token: string, decide: Decide) => async () => {
    const ids = await insertRequests(pool, count);
    await settle(pool);
    return measureBurst(ids, 1, (all, onUpdate) => openWaits(url, token, all, onUpdate), decide);
  };

  const arms = {
    own: new Arm("Countersign", ofNew(api.url, waiter, bySql)),
    listen: new Arm("Yoga's pub/sub on one LISTEN", ofNew(await startFeed(running, database, "listen"), "", bySql)),
    poll: new Arm("one query each second for all waits", ofNew(await startFeed(running, database, "poll"), "", bySql)),
    mutations: new Arm("mutations", ofNew(api.url, waiter, byApi)),
  };
  const name = postGraphileName();
  if (name === null) say(HOW_TO_INSTALL);
  else say(`${name} opens ${count} waits`);
  const postGraphile = name === null ? null : await postGraphileBursts(running, database, count, bySql);
  const peer = postGraphile === null ? null : new Arm(name as string, postGraphile);
  const all = [...Object.values(arms), ...(peer === null ? [] : [peer])];
  for (let round = -1; round < rounds; round++) {
    for (const turn of all.keys()) {
      const arm = all[(turn + round + 1) % all.length] as Arm;
      await arm.measure(round >= 0); // the first round warms up
    }
    say(all.map((arm) => `${arm.name}: ${arm.latest}`).join(", "));
  }
  return figuresOf(count, arms, peer ?? absent(name));
}

/**
 * Bursts on PostGraphile. It takes a minute to open 5,000 waits, so they stay open and each round decides the same
 * requests again. Null if they are not open within the limit.
 */
async function postGraphileBursts(
  running: AsyncDisposableStack,
  database: Database,
  count: number,
  decide: Decide,
): Promise<(() => Promise<Burst>) | null> {
  const { pool } = database;
  await createTopics(pool);
  const postGraphile = await startPostGraphile(running, database);
  const ids = await insertRequests(pool, count);
  let onUpdate: (update: Update) => void = () => {};
  const waits = await postGraphile.open(ids, (update) => onUpdate(update), 100);
  if (waits === null) return null;
  running.defer(() => waits.drop());
  let version = 1;
  return async () => {
    await using turn = new AsyncDisposableStack();
    const client = await pool.connect();
    turn.defer(() => client.release(true));
    await client.query("set session_replication_role = replica");
    await client.query(REOPEN_ALL, [ids]);
    await switchTopics(pool, true);
    turn.defer(async () => void (await switchTopics(pool, false)));
    await settle(pool);
    const found = await measureBurst(
      ids,
      version,
      async (_, receive) => {
        onUpdate = receive;
        return { close: async () => {} };
      },
      decide,
    );
    version += 1;
    return found;
  };
}

type Arms = Record<"own" | "listen" | "poll" | "mutations", Arm>;

function figuresOf(count: number, { own, listen, poll, mutations }: Arms, peer: Arm | string): Figure[] {
  const number = count.toLocaleString("en-US");
  const what = `${number} decisions by one UPDATE, last waiter notified after the commit`;
  const first: Figure =
    typeof peer === "string"
      ? { what, value: own.text("after"), against: peer }
      : { what, ...compared(own, peer), bar: `≤ ${BAR} ×`, met: meets(own, peer, BAR) };
  const deciding = mutations.median("deciding");
  return [
    first,
    { what: "the same, against a pub/sub in memory", ...compared(own, listen) },
    { what: "the same, against a poll", ...compared(own, poll) },
    {
      what: "the same, from sending the UPDATE",
      value: own.text("took"),
      against: `the UPDATE: ${ms(own.median("deciding"))}`,
    },
    {
      what: `${number} mutations over HTTP, ${CLIENTS} clients, last waiter notified`,
      value: mutations.text("took", seconds),
      against: `the mutations: ${seconds(deciding)}, ${perSecond((count / deciding) * 1_000)}`,
    },
    { what: "the last waiter after the last answer", value: mutations.text("after") },
  ];
}

export const burst: Measurement = {
  name: "burst",
  about:
    "5,000 waits on one WebSocket, all decided at once: by one UPDATE, also on other servers, and by as many mutations.",
  run,
};
