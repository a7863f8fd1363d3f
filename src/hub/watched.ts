import { Sweep, type SweepOptions } from "./sweep.ts";
import { type Watch, type Watcher, Watches } from "./watches.ts";

interface WatchedOptions extends Pick<SweepOptions, "pool" | "log"> {
  /** ms between comparisons; by default anew each time, 15,000 to 30,000 */
  sweepIntervalMs?: number;
}

/** The waiters on rows of one table, and the comparison that finds what they were not told. */
export class Watched {
  readonly watches: Watches;
  readonly sweep: Sweep;

  constructor(table: SweepOptions["table"], options: WatchedOptions, onError: (error: unknown) => void) {
    const { pool, log, sweepIntervalMs } = options;
    this.watches = new Watches(onError);
    const interval = () => sweepIntervalMs ?? 15_000 + Math.random() * 15_000;
    this.sweep = new Sweep({ pool, log, table, watches: this.watches, interval });
  }

  add(id: string, version: number, watcher: Watcher): Watch {
    const watch = this.watches.add(id, version, watcher);
    this.sweep.arm();
    return watch;
  }

  hint(changes: readonly { id: string; version: number }[]): void {
    for (const { id, version } of changes) this.watches.hint(id, version);
  }
}
