/**
 * Reads the requests of followed events in groups. A subscriber takes one event after the other, so reading each request
 * alone would cost one round trip per event.
 */

import type { Loaders } from "../db/loaders.ts";
import type { RequestHead } from "../model/approvals.ts";

interface Event {
  approvalRequestId: string;
}

/** Events whose requests are read at once. */
const AT_ONCE = 100;
/** A slow subscriber gets a request that was read at most so many ms ago. */
const FRESH_MS = 1_000;

interface Reading {
  /** The events that it serves. */
  from: number;
  to: number;
  at: number;
  requests: Promise<ReadonlyMap<string, RequestHead | null>>;
}

/** The events of one page, in their order. */
class Page {
  readonly #events: readonly Event[];
  #reading: Reading | null = null;

  constructor(events: readonly Event[]) {
    this.#events = events;
  }

  async request(index: number, { requests }: Pick<Loaders, "requests">): Promise<RequestHead | null> {
    const { approvalRequestId } = this.#events[index] as Event;
    let reading = this.#reading;
    const serves = reading !== null && index >= reading.from && index < reading.to;
    if (reading === null || !serves || performance.now() - reading.at > FRESH_MS) {
      reading = this.#read(index, requests);
      this.#reading = reading;
      // The next event tries again.
      reading.requests.catch(() => {
        if (this.#reading === reading) this.#reading = null;
      });
    }
    return (await reading.requests).get(approvalRequestId) ?? null;
  }

  #read(from: number, loader: Loaders["requests"]): Reading {
    const to = Math.min(from + AT_ONCE, this.#events.length);
    const ids = [...new Set(this.#events.slice(from, to).map(({ approvalRequestId }) => approvalRequestId))];
    const requests = Promise.all(ids.map(async (id) => [id, await loader.load(id)] as const));
    return { from, to, at: performance.now(), requests: requests.then((entries) => new Map(entries)) };
  }
}

const places = new WeakMap<Event, { page: Page; index: number }>();

/** Registers events whose requests are read together when the first of them is needed. */
export function readTogether(events: readonly Event[]): void {
  const page = new Page(events);
  for (const [index, event] of events.entries()) places.set(event, { page, index });
}

/** The request that an event, or an entry of a list, is about; null once it is deleted. */
export function requestBehind(event: Event, loaders: Pick<Loaders, "requests">): Promise<RequestHead | null> {
  const place = places.get(event);
  return place === undefined
    ? loaders.requests.load(event.approvalRequestId)
    : place.page.request(place.index, loaders);
}
