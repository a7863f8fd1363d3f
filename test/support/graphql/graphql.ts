/** Runs operations in this process over a real database, as one viewer or another. */

import { readFileSync } from "node:fs";
import { type ExecutionResult, execute, parse, validate } from "graphql";
import { pino } from "pino";
import { ApprovalManager } from "../../../src/approvals/manager.ts";
import { loadConfig } from "../../../src/config/config.ts";
import { createLoaders } from "../../../src/db/loaders.ts";
import type { Pool } from "../../../src/db/pool.ts";
import { createHub } from "../../../src/hub/hub.ts";
import type { Viewer } from "../../../src/model/approvals.ts";
import { parseJson } from "../../../src/model/json-text.ts";
import { createTemplates } from "../../../src/notifications/templates.ts";
import type { Services } from "../../../src/resolvers/context.ts";
import { schema } from "../../../src/schema/index.ts";
import { createEngine, type Engine } from "../../../src/server/graphql/engine.ts";
import { callerOf } from "../approvals/requests.ts";
import { createTestDatabase } from "../db/database.ts";

const CONTRACT = readFileSync(new URL("../../contract/operations.graphql", import.meta.url), "utf8");
const contract = parse(CONTRACT);

// biome-ignore lint/suspicious/noExplicitAny: what comes back is compared, not computed with
export type Data = any;
type Result = ExecutionResult<Record<string, Data>>;

/** The operations of one viewer. Variables are sent as JSON text, as over HTTP. */
export interface Client {
  /** Runs an operation of the contract. */
  run(operation: string, variables?: object): Promise<Result>;
  /** The same, for its data; fails if there are errors. */
  data(operation: string, variables?: object): Promise<Data>;
  /** Runs any document; `variables` as JSON text. */
  send(source: string, variables?: string): Promise<Result>;
  /** Starts a subscription of the contract, or of a document of its own. */
  subscribe(operation: string, variables?: object): Promise<Stream>;
}
export type Stream = AsyncIterableIterator<Result, undefined>;

export interface Api {
  /** Of its database. */
  url: string;
  pool: Pool;
  services: Services;
  /** The unexpected errors of subscriptions, which their subscribers do not see. */
  logged: unknown[];
  as(viewer: Viewer | string): Client;
  /** The number of queries that the work sends over the pool. */
  queriesOf(work: () => Promise<unknown>): Promise<number>;
  /** Resolves once all running queries are answered: a subscription has then read its first state. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const silent = { info() {}, warn() {}, error() {} };

/** @param live whether the hub listens; otherwise subscriptions receive nothing */
export async function startApi({ live = false } = {}): Promise<Api> {
  const database = await createTestDatabase();
  const { pool } = database;
  const hub = createHub({ listenUrl: database.url, pool, log: silent });
  if (live) await hub.start();
  const manager = new ApprovalManager({ pool, hub });
  const templates = createTemplates({ dir: null, log: pino({ level: "silent" }) });
  const publicUrl = () => "https://countersign.example";
  const services: Services = { pool, hub, loaders: createLoaders(pool), manager, templates, publicUrl };

  const logged: unknown[] = [];
  const log = pino({ level: "error" }, { write: (line) => logged.push(JSON.parse(line)) });
  const metrics = { countOperation() {}, render: () => Promise.reject(new Error("not measured")) };
  const engine = createEngine({ schema, limits: loadConfig({}).limits, log, metrics });

  let queries = 0;
  const underWay = new Set<Promise<unknown>>();
  const query = pool.query.bind(pool);
  pool.query = ((text: string, values: unknown[]) => {
    queries += 1;
    const answer = query(text, values);
    underWay.add(answer);
    const forget = () => underWay.delete(answer);
    answer.then(forget, forget);
    return answer;
  }) as typeof pool.query;

  return {
    url: database.url,
    pool,
    services,
    logged,
    as: (viewer) => clientOf(services, engine, viewer),
    async queriesOf(work) {
      const before = queries;
      await work();
      return queries - before;
    },
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
    async close() {
      await manager.close();
      await hub.stop();
      await database.drop();
    },
  };
}

function clientOf(services: Services, engine: Engine, viewer: Viewer | string): Client {
  const args = (document: ReturnType<typeof parse>, variables: string, operationName?: string) => ({
    schema,
    document,
    operationName,
    contextValue: { services, caller: callerOf(viewer), requestId: "test" },
    variableValues: parseJson(variables) as Record<string, unknown>,
  });
  const run = async (operation: string, variables: object = {}): Promise<Result> =>
    (await execute(args(contract, JSON.stringify(variables), operation))) as Result;
  return {
    run,
    async data(operation, variables) {
      const { data, errors } = await run(operation, variables);
      if (errors !== undefined) throw new AggregateError(errors, `${operation}: ${errors.join("; ")}`);
      return data;
    },
    async send(source, variables = "{}") {
      const document = parse(source);
      const errors = validate(schema, document);
      return errors.length > 0 ? { errors } : ((await execute(args(document, variables))) as Result);
    },
    async subscribe(operation, variables = {}) {
      const named = /^\w+$/.test(operation);
      const document = named ? contract : parse(operation);
      return (await engine.subscribe(
        args(document, JSON.stringify(variables), named ? operation : undefined),
      )) as Stream;
    },
  };
}

/** The codes of a result's errors. */
export const codesOf = ({ errors }: Result): unknown[] => (errors ?? []).map((error) => error.extensions.code);
