/** Measures where the time of one decision goes, from the client's request to the messages at both clients. */

import { type Mark, STEPS, type Step } from "../../src/model/marks.ts";
import { deciderToken, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { approve, keepAliveAgent, openWaits } from "../support/client.ts";
import { median, ms } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

const PROBE = new URL("../support/marks-probe.ts", import.meta.url).href;
const WAITS = 1_000;

const AT_CLIENTS = ["woken", "responded"] as const;
type Place = Step | (typeof AT_CLIENTS)[number];
type Times = Record<Place, number[]>;

/** The place before these, which is not the one in the line above: the commit has two consequences. */
const BEFORE: Partial<Record<Place, Step>> = { answered: "committed", woken: "notified", responded: "answered" };

/** What happens until each place. */
const UNTIL: Record<Place, string> = {
  received: "HTTP: the client's socket to the handler",
  identified: "token, limits and rate",
  read: "body read and parsed",
  validated: "document from the cache, variables",
  queued: "execution until the command is queued",
  connected: "queue, connection from the pool",
  locked: "BEGIN, lock, people: one round trip",
  sent: "policy, audit chain, notifications; write sent",
  committed: "write and COMMIT: one round trip with a flush",
  notified: "hub, subscription, message for the waiter built",
  answered: "response for the decider built",
  woken: "message sent; the waiter has it",
  responded: "response sent; the decider has it",
};

const now = () => performance.timeOrigin + performance.now();

async function run({ quick }: Options): Promise<Figure[]> {
  const times = await measure(quick);
  const at = (step: Place) => median(times[step]);
  const total = Math.max(at("woken"), at("responded"));
  return [...STEPS, ...AT_CLIENTS].map((step) => {
    const from = step === STEPS[0] ? 0 : at(BEFORE[step] ?? (STEPS[STEPS.indexOf(step as Step) - 1] as Step));
    const to = at(step);
    return {
      what: UNTIL[step],
      value: ms(to - from),
      result: `${Math.round(((to - from) / total) * 100)} %`,
      span: { from, to },
    };
  });
}

/** When each place was reached, in ms since the client sent the decision. */
async function measure(quick: boolean): Promise<Times> {
  await using running = new AsyncDisposableStack();
  const rounds = quick ? 20 : 500;
  const warmUp = quick ? 5 : 200;
  const database = await startDatabase(running);
  const api = await startApi(running, database, ["--import", PROBE]);
  const ids = await insertRequests(database.pool, WAITS);
  await settle(database.pool);
  let onWoken: (id: string) => void = () => {};
  const waits = await openWaits(api.url, await waiterToken(), ids, ({ id }) => onWoken(id));
  running.defer(() => waits.close());
  const agent = keepAliveAgent(1);
  running.defer(() => agent.destroy());
  const token = await deciderToken();
  const times = Object.fromEntries([...STEPS, ...AT_CLIENTS].map((place) => [place, []])) as unknown as Times;
  for (const [index, id] of ids.slice(0, warmUp + rounds).entries()) {
    const woken = new Promise<number>((resolve) => {
      onWoken = (changed) => changed === id && resolve(now());
    });
    await api.ask<Mark[]>("marks");
    const from = now();
    const responded = approve(agent, api.url, token, id).then(now);
    const atClients = { woken: (await woken) - from, responded: (await responded) - from };
    const marks = await api.ask<Mark[]>("marks");
    if (index < warmUp) continue;
    for (const { step, at } of marks) times[step].push(at - from);
    for (const step of AT_CLIENTS) times[step].push(atClients[step]);
  }
  return times;
}

export const waterfall: Measurement = {
  name: "waterfall",
  about: `Where the time of one decision goes, at rest with ${WAITS.toLocaleString("en-US")} open waits, from sending it over HTTP: the median of each step.`,
  run,
};
