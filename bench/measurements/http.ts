/** Measures decisions per second over HTTP, and compares them with a bare server that runs the same SQL. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startNode } from "../../test/support/stage/node-process.ts";
import type { Usage } from "../../test/support/stage/probe.ts";
import { type Database, deciderToken, PROBE, startApi, startDatabase } from "../../test/support/stage/stage.ts";
import { APPROVE, approval } from "../support/client.ts";
import { type Loaded, startClients } from "../support/load.ts";
import { median, ms, perSecond, quantile, times } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

const CLIENTS = 32;

/** The contract's document, which asks for every field. */
const CONTRACT = (() => {
  const text = readFileSync(new URL("../../test/contract/operations.graphql", import.meta.url), "utf8");
  const part = (start: string) => new RegExp(`^${start}[\\s\\S]*?^}`, "m").exec(text)?.[0] ?? "";
  return `${part("fragment Request ")}\n${part("mutation Approve")}`.replaceAll(/\s*#.*$/gm, "");
})();

async function startBare(running: AsyncDisposableStack, { url }: Database, batch: "0" | "1") {
  const script = fileURLToPath(new URL("../bare/http-server.ts", import.meta.url));
  const bare = startNode(script, { DATABASE_URL: url, BATCH: batch }, ["--import", PROBE]);
  running.defer(() => bare.stop());
  return { process: bare, url: await bare.line() };
}

/** A compared server: its address, the request to it, and the results. */
interface Subject {
  url: string;
  body(id: string): string;
  usage(): Promise<Usage>;
  rates: number[];
  latencies: number[];
  cpu: number[];
}

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const rounds = quick ? 1 : 5;
  const size = quick ? 500 : 3_000;
  const database = await startDatabase(running);
  const api = await startApi(running, database);
  const batched = await startBare(running, database, "1");
  const plain = await startBare(running, database, "0");
  const load = startClients(running);
  const token = await deciderToken();

  const subject = (url: string, usage: Subject["usage"], body: Subject["body"]): Subject => {
    return { url, usage, body, rates: [], latencies: [], cpu: [] };
  };
  const bare = (one: typeof plain) =>
    subject(
      one.url,
      () => one.process.ask<Usage>("usage"),
      (id) => JSON.stringify({ id }),
    );
  const graphql = (document: string) => subject(`${api.url}/graphql`, api.usage, (id) => approval(id, document));
  const all = { api: graphql(APPROVE), bare: bare(batched), contract: graphql(CONTRACT), plain: bare(plain) };

  for (let round = -1; round < rounds; round++) {
    const ids = await insertRequests(database.pool, 4 * size);
    await settle(database.pool);
    for (const [turn, subject] of Object.values(all).entries()) {
      const bodies = ids.slice(turn * size, (turn + 1) * size).map(subject.body);
      const before = await subject.usage();
      const done: Loaded = await load({ url: subject.url, token, bodies, clients: CLIENTS, expect: '"APPROVED"' });
      const after = await subject.usage();
      if (round < 0) continue; // to warm up
      subject.rates.push((size / done.tookMs) * 1_000);
      subject.latencies.push(quantile(done.latencies, 0.5));
      subject.cpu.push((after.cpuMs - before.cpuMs) / size);
    }
    if (round >= 0)
      say(
        Object.entries(all)
          .map(([name, { rates }]) => `${name} ${perSecond(rates.at(-1) ?? 0)}`)
          .join(", "),
      );
  }

  const rate = (name: keyof typeof all) => median(all[name].rates);
  const figures: Figure[] = [
    {
      what: `decisions a second over HTTP, ${CLIENTS} clients`,
      value: perSecond(rate("api")),
      against: `bare node:http, the same SQL in the same batches: ${perSecond(rate("bare"))}`,
      result: times(rate("api") / rate("bare")),
      bar: "≥ 0.6 ×",
      met: rate("api") >= 0.6 * rate("bare"),
    },
    {
      what: "the same, asking for every field of the contract",
      value: perSecond(rate("contract")),
      against: `bare, three fields: ${perSecond(rate("bare"))}`,
      result: times(rate("contract") / rate("bare")),
    },
    {
      what: "the API's decisions against one transaction each",
      value: perSecond(rate("api")),
      against: `bare node:http, a transaction for each request, 32 at a time: ${perSecond(rate("plain"))}`,
      result: times(rate("api") / rate("plain")),
    },
    {
      what: "one decision under this load, p50",
      value: ms(median(all.api.latencies)),
      against: `bare, batches: ${ms(median(all.bare.latencies))}`,
    },
    {
      what: "CPU time of the server's process for one decision",
      value: ms(median(all.api.cpu)),
      against: `bare, batches: ${ms(median(all.bare.cpu))}; every field: ${ms(median(all.contract.cpu))}`,
    },
  ];
  return figures;
}

export const http: Measurement = {
  name: "http",
  about:
    "approveRequest over HTTP from 32 kept connections; API, bare server and clients each in a process of its own.",
  run,
};
