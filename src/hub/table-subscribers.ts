/** The subscribers to rows of one table, with the sweep that finds changes they were not notified of. */

import { type Subscriber, SubscriberIndex, type Subscription } from "./subscriber-index.ts";
import { Sweep, type SweepOptions } from "./sweep.ts";

interface TableSubscribersOptions extends Pick<SweepOptions, "pool" | "log"> {
  /** ms between comparisons. Default: a random value from 15,000 to 30,000 each time. */
  sweepIntervalMs?: number;
}

export class TableSubscribers {
  readonly index: SubscriberIndex;
  readonly sweep: Sweep;

  constructor(table: SweepOptions["table"], options: TableSubscribersOptions, onError: (error: unknown) => void) {
    const { pool, log, sweepIntervalMs } = options;
    this.index = new SubscriberIndex(onError);
    const interval = () => sweepIntervalMs ?? 15_000 + Math.random() * 15_000;
    this.sweep = new Sweep({ pool, log, table, index: this.index, interval });
  }

  add(id: string, version: number, subscriber: Subscriber): Subscription {
    const subscription = this.index.add(id, version, subscriber);
    this.sweep.arm();
    return subscription;
  }

  hint(changes: readonly { id: string; version: number }[]): void {
    for (const { id, version } of changes) this.index.hint(id, version);
  }

  /** Sends hints with the rows that this process has committed. */
  deliver(rows: readonly { id: string; version: number }[]): void {
    for (const row of rows) this.index.hint(row.id, row.version, row);
  }
}
