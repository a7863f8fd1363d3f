/** The metrics of /metrics, in the text format of Prometheus. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ApprovalManager } from "../approvals/manager.ts";
import type { Pool } from "../db/pool.ts";
import { logLagSeconds } from "../db/queries/audit.ts";
import { overdueSeconds } from "../db/queries/outbox.ts";
import type { Hub } from "../hub/hub.ts";
import { followersLagSeconds } from "../live/event-stream.ts";
import type { Worker } from "../notifications/worker.ts";

/** Operations are counted when they happen; other values are read at each scrape. */
export interface Metrics {
  /** @param ms the duration; subscriptions have none */
  countOperation(type: "query" | "mutation" | "subscription", outcome: "ok" | "refused" | "failed", ms?: number): void;
  /** The content type and the text of the response. */
  render(): Promise<{ type: string; text: string }>;
}

export interface Measured {
  hub: Hub;
  pool: Pool;
  /** The database's clock. */
  now(): Date;
  manager: Pick<ApprovalManager, "commandStats">;
  /** Open WebSockets. */
  sockets(): number;
  /** Open event streams over HTTP. */
  streams(): number;
  worker: Pick<Worker, "counts" | "failingSeconds">;
}

/** The longest time in ms that a scrape waits for the database. */
const TIMEOUT_MS = 2_000;

// A process has one set of process metrics, however many applications it runs.
let processRegistry: Registry | undefined;
function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}

export function createMetrics(measured: Measured): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const { hub, pool, manager, worker } = measured;

  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `countersign_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  // The hub has its own counters, which are copied at each scrape.
  const total = (name: string, help: string, read: () => number) => {
    const counter = new Counter({
      name: `countersign_${name}_total`,
      help,
      registers,
      collect() {
        counter.reset();
        counter.inc(read());
      },
    });
  };

  gauge("sockets", "Open WebSockets.", measured.sockets);
  gauge("event_streams", "Open event streams over HTTP.", measured.streams);
  gauge("watchers", "Waiters on the LISTEN connection.", () => hub.stats().subscribers);
  gauge("listen_up", "1 while the LISTEN connection is up.", () => (hub.up ? 1 : 0));
  total("listen_reconnects", "Number of reconnects of the LISTEN connection.", () => hub.stats().reconnects);
  total("notifications", "Notifications received from the database.", () => hub.stats().notifications);
  gauge("commands_waiting", "Commands in progress.", () => manager.commandStats().waiting);
  gauge("commands_locked", "Commands that wait for a row that another transaction has locked.", () => {
    return manager.commandStats().locked;
  });
  gauge("oldest_command_seconds", "Waiting time of the oldest command; 0 without commands.", () => {
    return manager.commandStats().oldestMs / 1_000;
  });
  gauge("pool_connections", "Connections of the database pool.", () => pool.totalCount);
  gauge("pool_idle_connections", "Idle connections of the pool.", () => pool.idleCount);
  gauge("pool_waiting", "Queries that wait for a connection.", () => pool.waitingCount);
  new Gauge({
    name: "countersign_log_lag_seconds",
    help:
      "Age of the oldest event that was not yet sent to a subscriber of the audit log, because of a slow " +
      "subscriber or a long transaction in the cluster. NaN: unknown.",
    registers,
    async collect() {
      const heldBack = await inTime(logLagSeconds(pool)).catch(() => Number.NaN);
      this.set(Math.max(heldBack, followersLagSeconds(hub, measured.now())));
    },
  });
  const notifications = new Counter({
    name: "countersign_messages_total",
    help: "Attempts to send a notification, by channel and outcome: sent, failed (will be retried), given_up.",
    labelNames: ["channel", "outcome"],
    registers,
    collect() {
      notifications.reset();
      for (const [channel, { sent, failed, givenUp }] of worker.counts()) {
        notifications.inc({ channel, outcome: "sent" }, sent);
        notifications.inc({ channel, outcome: "failed" }, failed);
        notifications.inc({ channel, outcome: "given_up" }, givenUp);
      }
    },
  });
  const failing = new Gauge({
    name: "countersign_channel_failing_seconds",
    help: "For how long all attempts on a channel have failed in this process; 0 after a success.",
    labelNames: ["channel"],
    registers,
    collect() {
      for (const [channel, seconds] of worker.failingSeconds()) failing.set({ channel }, seconds);
    },
  });
  new Gauge({
    name: "countersign_outbox_overdue_seconds",
    help: "Waiting time of the oldest due notification, by channel; absent if unknown.",
    labelNames: ["channel"],
    registers,
    async collect() {
      const overdue = await inTime(overdueSeconds(pool)).catch(() => []);
      this.reset();
      for (const { channel, seconds } of overdue) this.set({ channel }, seconds);
    },
  });
  const operations = new Counter({
    name: "countersign_operations_total",
    help: "GraphQL operations by type and outcome: ok, refused (client error), failed (server error).",
    labelNames: ["type", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "countersign_operation_duration_seconds",
    help: "Time to execute a query or mutation; a decision is a mutation.",
    labelNames: ["type"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });

  return {
    countOperation(type, outcome, ms) {
      operations.inc({ type, outcome });
      if (ms !== undefined) duration.observe({ type }, ms / 1000);
    },
    async render() {
      const texts = await Promise.all([registry.metrics(), processMetrics().metrics()]);
      return { type: registry.contentType, text: texts.join("\n") };
    },
  };
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("timed out")), TIMEOUT_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
