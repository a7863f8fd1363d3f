/** Measures the time from a decision to its waiter, and compares it with the minimum that PostgreSQL needs. */

import pg from "pg";
import { deciderToken, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { approve, keepAliveAgent, openWaits, Waits } from "../support/client.ts";
import { median, ms, quantile, times } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, RAW_DECISION, settle } from "../support/requests.ts";

const WAITS = 1_000;
/** The predecessor asked every so often; on average a decision has waited half of it. */
const POLL_MS = 5_000;

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const rounds = quick ? 30 : 400;
  const warmUp = quick ? 10 : 100;
  const database = await startDatabase(running);
  const api = await startApi(running, database);
  const { pool } = database;
  const ids = await insertRequests(pool, WAITS + 3 * (rounds + warmUp));
  await settle(pool);

  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  running.defer(() => listener.end());
  let onNotification: (id: string) => void = () => {};
  listener.on("notification", ({ payload = "" }) => onNotification(payload.slice(0, 36)));
  await listener.query("listen countersign");
  const writer = new pg.Client({ connectionString: database.url });
  await writer.connect();
  running.defer(() => writer.end());

  let woken: (id: string, status: string) => void = () => {};
  const waits = await openWaits(api.url, await waiterToken(), ids.slice(0, WAITS), ({ id, status }) =>
    woken(id, status),
  );
  running.defer(() => waits.close());
  say(`${WAITS} waits are open on one WebSocket; ${rounds} decisions of each kind, in turn`);

  const agent = keepAliveAgent(1);
  running.defer(() => agent.destroy());
  const token = await deciderToken();
  const decider = await Waits.open(api.url, token, () => {});
  running.defer(() => decider.close());

  async function decision(id: string): Promise<{ answered: number; woken: number }> {
    const wake = new Promise<number>((resolve) => {
      woken = (changed) => changed === id && resolve(performance.now());
    });
    const from = performance.now();
    const answer = approve(agent, api.url, token, id).then(() => performance.now());
    const [at, answeredAt] = await Promise.all([wake, answer]);
    return { answered: answeredAt - from, woken: at - from };
  }

  async function decisionOverSocket(id: string): Promise<number> {
    const wake = new Promise<number>((resolve) => {
      woken = (changed) => changed === id && resolve(performance.now());
    });
    const from = performance.now();
    decider.approve(id);
    return (await wake) - from;
  }

  async function raw(id: string): Promise<number> {
    const received = new Promise<number>((resolve) => {
      onNotification = (changed) => changed === id && resolve(performance.now());
    });
    const from = performance.now();
    const written = writer.query({ ...RAW_DECISION, values: [id, "bob"] });
    const at = await received;
    await written;
    return at - from;
  }

  /** Another wait takes the place of the one that has ended, so that there are always as many. */
  async function replace(id: string): Promise<void> {
    const live = new Promise<void>((resolve) => {
      woken = (requestId) => requestId === id && resolve();
    });
    waits.add(id);
    await live;
  }

  const answered: number[] = [];
  const wakings: number[] = [];
  const socketWakings: number[] = [];
  const raws: number[] = [];
  const spare = ids.slice(WAITS);
  for (let round = -warmUp; round < rounds; round++) {
    const turn = round + warmUp;
    const [first = "", second = "", third = ""] = spare.slice(3 * turn, 3 * turn + 3);
    const [overHttp, overSocket] = [(2 * turn) % WAITS, (2 * turn + 1) % WAITS];
    const subject = await decision(ids[overHttp] as string);
    const socket = await decisionOverSocket(ids[overSocket] as string);
    await replace(first);
    await replace(second);
    ids[overHttp] = first;
    ids[overSocket] = second;
    const reference = await raw(third);
    if (round < 0) continue;
    answered.push(subject.answered);
    wakings.push(subject.woken);
    socketWakings.push(socket);
    raws.push(reference);
  }

  const ratio = median(wakings) / median(raws);
  return [
    {
      what: `decision to waiter, p50, ${WAITS.toLocaleString("en-US")} open waits`,
      value: ms(median(wakings)),
      against: `one UPDATE with its audit row to a listening socket: ${ms(median(raws))}`,
      result: times(ratio),
      bar: "≤ 4 ×",
      met: ratio <= 4,
    },
    {
      what: "the same, p95",
      value: ms(quantile(wakings, 0.95)),
      against: ms(quantile(raws, 0.95)),
      result: times(quantile(wakings, 0.95) / quantile(raws, 0.95)),
    },
    {
      what: "the same, p99",
      value: ms(quantile(wakings, 0.99)),
      against: `its p50: ${ms(median(wakings))}`,
      result: times(quantile(wakings, 0.99) / median(wakings)),
      bar: "≤ 3 ×",
      met: quantile(wakings, 0.99) <= 3 * median(wakings),
    },
    {
      what: "decision over an open WebSocket to waiter, p50",
      value: ms(median(socketWakings)),
      against: `over HTTP: ${ms(median(wakings))}`,
      result: times(median(socketWakings) / median(wakings)),
    },
    { what: "the decider has the answer, p50", value: ms(median(answered)) },
    {
      what: "the waiter is notified after that, p50",
      value: ms(median(wakings.map((at, round) => at - (answered[round] ?? 0)))),
    },
    {
      what: "against a poll every 5 s, on average",
      value: ms(median(wakings)),
      against: `${POLL_MS / 2} ms (computed)`,
      bar: "ahead",
      met: median(wakings) < POLL_MS / 2,
    },
  ];
}

export const wake: Measurement = {
  name: "wake",
  about:
    "From sending approveRequest over HTTP, or over an open WebSocket, to the waiter's message on a WebSocket, one decision at a time.",
  run,
};
