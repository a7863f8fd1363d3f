/** Starts the thread that renews the lease of this process, and starts it again if it ends. */

import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Logger } from "../log.ts";
import type { LeaseOrder, LeaseReport, LeaseWork } from "./lease-thread.ts";

export interface LeaseKeeperOptions extends Omit<LeaseWork, "beats" | "types"> {
  log: Pick<Logger, "error">;
  /** The types of the jobs that this process has handlers for. */
  types: () => readonly string[];
  /** Called after each renewal. @param isNew whether the lease was lost before */
  onRenewed: (isNew: boolean) => void;
  onFailed: (error: Error) => void;
}

/** The file of the thread: TypeScript if this file is TypeScript. */
const THREAD = new URL(`./lease-thread${extname(import.meta.url)}`, import.meta.url);
/** ms between two increments that show that the event loop runs. */
const BEAT_MS = 100;
/** ms before a thread that ended starts again. */
const AGAIN_MS = 1_000;
/** The time that the thread has to end its connection, in ms. */
const STOP_WITHIN_MS = 2_000;

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #beats = new SharedArrayBuffer(4);
  #beating: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #worker: Worker | null = null;
  #isStopping = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** @throws Error if the thread cannot start or renew the lease */
  async start(): Promise<void> {
    const beats = new Int32Array(this.#beats);
    this.#beating = setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
    try {
      await this.#startThread();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Has the thread store the types that this process has handlers for now. */
  publish(): void {
    this.#worker?.postMessage({ types: this.#options.types() } satisfies LeaseOrder);
  }

  /** Ends the renewals; the lease itself stays as it is. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#beating);
    clearTimeout(this.#again);
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage("stop" satisfies LeaseOrder);
    const timer = setTimeout(() => void worker.terminate(), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Resolves after the first renewal. */
  #startThread(): Promise<void> {
    const { log, types, onRenewed, onFailed, ...work } = this.#options;
    const workerData: LeaseWork = {
      url: work.url,
      executorId: work.executorId,
      name: work.name,
      level: work.level,
      leaseMs: work.leaseMs,
      maxBlockedMs: work.maxBlockedMs,
      types: types(),
      beats: this.#beats,
    };
    const worker = new Worker(THREAD, { name: "countersign lease", workerData });
    // The thread does not keep a process alive whose program has ended.
    worker.unref();
    this.#worker = worker;
    const started = Promise.withResolvers<void>();
    worker.on("message", (report: LeaseReport) => {
      if ("isNew" in report) {
        started.resolve();
        onRenewed(report.isNew);
      } else {
        const { message, code } = report.error;
        const error = Object.assign(new Error(message), { code });
        started.reject(error);
        onFailed(error);
      }
    });
    let failure: unknown;
    worker.on("error", (error) => {
      failure = error;
    });
    worker.on("exit", () => {
      this.#worker = null;
      started.reject(failure ?? new Error("the thread that renews the lease ended"));
      if (this.#isStopping) return;
      log.error({ err: failure }, "the thread that renews the lease ended; starting it again");
      this.#again = setTimeout(() => void this.#startThread().catch(() => {}), AGAIN_MS).unref();
    });
    return started.promise;
  }
}
