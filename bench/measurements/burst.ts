/** Measures the time until the last of many waiters is notified, when all requests are decided at the same time. */

import { deciderToken, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { approval, openWaits, Tally } from "../support/client.ts";
import { startClients } from "../support/load.ts";
import { median, ms, perSecond, seconds } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

const CLIENTS = 64;
const GIVEN_MS = 388;

// As an operator would with psql; the triggers notify the waiters.
const DECIDE_ALL = `
update approval_requests
   set status = 'APPROVED', approvers = '{bob}', decided_by = 'bob', decision_source = 'APPROVER'
 where id = any ($1::uuid[])`;

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const count = quick ? 500 : 5_000;
  const rounds = quick ? 1 : 5;
  const database = await startDatabase(running);
  const api = await startApi(running, database);
  const load = startClients(running);
  const [waiter, decider] = [await waiterToken(), await deciderToken()];

  /** Opens waits, decides, and returns when the last was notified, in ms since the start and since the last decision. */
  async function burst(decide: (ids: string[]) => Promise<{ startedAt: number; endedAt: number }>) {
    const ids = await insertRequests(database.pool, count);
    await settle(database.pool);
    const tally = new Tally();
    const lastNotified = tally.next(count);
    const waits = await openWaits(api.url, waiter, ids, ({ status }) => status === "APPROVED" && tally.add());
    const [{ startedAt, endedAt }, notifiedAt] = await Promise.all([decide(ids), lastNotified.then(() => Date.now())]);
    await waits.close();
    return { took: notifiedAt - startedAt, after: notifiedAt - endedAt, deciding: endedAt - startedAt };
  }

  const bySql = () =>
    burst(async (ids) => {
      const startedAt = Date.now();
      await database.pool.query(DECIDE_ALL, [ids]);
      return { startedAt, endedAt: Date.now() };
    });
  const byApi = () =>
    burst(async (ids) => {
      const bodies = ids.map((id) => approval(id));
      const { startedAt, tookMs } = await load({
        url: `${api.url}/graphql`,
        token: decider,
        bodies,
        clients: CLIENTS,
        expect: '"APPROVED"',
      });
      return { startedAt, endedAt: startedAt + tookMs };
    });

  const found = { sql: [] as Awaited<ReturnType<typeof burst>>[], api: [] as Awaited<ReturnType<typeof burst>>[] };
  for (let round = -1; round < rounds; round++) {
    const [update, mutations] = [await bySql(), await byApi()];
    say(`last waiter notified: ${ms(update.took)} by one UPDATE, ${ms(mutations.took)} by ${count} mutations`);
    if (round < 0) continue; // to warm up
    found.sql.push(update);
    found.api.push(mutations);
  }
  const sql = (key: "took" | "after" | "deciding") => median(found.sql.map((round) => round[key]));
  const mutations = (key: "took" | "after" | "deciding") => median(found.api.map((round) => round[key]));
  const all = count.toLocaleString("en-US");
  return [
    {
      what: `${all} decisions by one UPDATE, last waiter notified after the commit`,
      value: ms(sql("after")),
      against: `PostGraphile 5: ${GIVEN_MS} ms (given)`,
      bar: "ahead",
      met: sql("after") < GIVEN_MS,
    },
    {
      what: "the same, from sending the UPDATE",
      value: ms(sql("took")),
      against: `the UPDATE: ${ms(sql("deciding"))}`,
    },
    {
      what: `${all} mutations over HTTP, ${CLIENTS} clients, last waiter notified`,
      value: seconds(mutations("took")),
      against: `the mutations: ${seconds(mutations("deciding"))}, ${perSecond((count / mutations("deciding")) * 1_000)}`,
    },
    { what: "the last waiter after the last answer", value: ms(mutations("after")) },
  ];
}

export const burst: Measurement = {
  name: "burst",
  about: "5,000 waits on one WebSocket, all decided at once: by one UPDATE, and by as many mutations.",
  run,
};
