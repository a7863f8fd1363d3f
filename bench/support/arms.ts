/** The arms of a burst: servers that notify many waiters of decisions made at the same time, measured in turn. */

import type { Update } from "./client.ts";
import { Delivery, type Faults, faultsIn } from "./delivery.ts";
import { median, ms, times } from "./numbers.ts";

/** One round, in ms since the first decision was sent and since the last was committed or answered. */
export interface Burst {
  took: number;
  after: number;
  deciding: number;
  faults: Faults;
}

export type Open = (ids: readonly string[], onUpdate: (update: Update) => void) => Promise<{ close(): Promise<void> }>;
export type Decide = (ids: readonly string[]) => Promise<{ startedAt: number; endedAt: number }>;

/** Opens waits, decides, and waits for the messages. */
export async function measureBurst(
  ids: readonly string[],
  version: number,
  open: Open,
  decide: Decide,
): Promise<Burst> {
  const delivery = new Delivery(ids, version);
  const waits = await open(ids, (update) => delivery.add(update));
  const { startedAt, endedAt } = await decide(ids);
  const { lastAt, faults } = await delivery.end();
  await waits.close();
  return { took: lastAt - startedAt, after: lastAt - endedAt, deciding: endedAt - startedAt, faults };
}

/** One way to notify the waiters, and its rounds. */
export class Arm {
  readonly name: string;
  readonly #round: () => Promise<Burst>;
  readonly #found: Burst[] = [];
  latest = "";

  constructor(name: string, round: () => Promise<Burst>) {
    this.name = name;
    this.#round = round;
  }

  async measure(counted: boolean): Promise<void> {
    const found = await this.#round();
    this.latest = faultsIn([found.faults]) ?? ms(found.after);
    // An arm with a fault has no speed, so a fault counts even while it warms up.
    if (counted || faultsIn([found.faults]) !== null) this.#found.push(found);
  }

  /** What is wrong with the messages; null if each arrived once and in order. */
  get faults(): string | null {
    return faultsIn(this.#found.map(({ faults }) => faults));
  }

  median(key: "took" | "after" | "deciding"): number {
    return median(this.#found.map((found) => found[key]));
  }

  /** A median as text; the faults instead, if there are any. */
  text(key: "took" | "after", format = ms): string {
    return this.faults ?? format(this.median(key));
  }
}

/** How one arm compares with another: the figure, the other's figure, and the ratio if both are without faults. */
export const compared = (own: Arm, other: Arm) => ({
  value: own.text("after"),
  against: `${other.name}: ${other.text("after")}`,
  ...(own.faults === null && other.faults === null
    ? { result: times(own.median("after") / other.median("after")) }
    : {}),
});

/** Whether an arm meets a bar against another; undefined if the other has no speed, because its messages have faults. */
export const meets = (own: Arm, other: Arm, bar: number): boolean | undefined =>
  own.faults !== null ? false : other.faults !== null ? undefined : own.median("after") <= bar * other.median("after");
