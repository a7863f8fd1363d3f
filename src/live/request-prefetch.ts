/**
 * Reads the requests of events in groups. A subscriber reads one event after the other, so reading each request alone
 * would cost one round trip per event.
 */

import type { Loaders } from "../db/loaders.ts";
import type { RequestHead } from "../model/approvals.ts";

interface Event {
  approvalRequestId: string;
}

/** Most events whose requests are read at once. */
const MAX_EVENTS = 100;
/** For a slow subscriber, requests are read again after so many ms. */
const MAX_AGE_MS = 1_000;

interface Reading {
  /** The range of events whose requests it has. */
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
    if (reading === null || !serves || performance.now() - reading.at > MAX_AGE_MS) {
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
    const to = Math.min(from + MAX_EVENTS, this.#events.length);
    const ids = [...new Set(this.#events.slice(from, to).map(({ approvalRequestId }) => approvalRequestId))];
    const requests = Promise.all(ids.map(async (id) => [id, await loader.load(id)] as const));
    return { from, to, at: performance.now(), requests: requests.then((entries) => new Map(entries)) };
  }
}

const positions = new WeakMap<Event, { page: Page; index: number }>();

/** Registers events whose requests are read together when the first one is needed. */
export function prefetchTogether(events: readonly Event[]): void {
  const page = new Page(events);
  for (const [index, event] of events.entries()) positions.set(event, { page, index });
}

/** The request of an event or of an entry of a list; null once it is deleted. */
export function requestOfEvent(event: Event, loaders: Pick<Loaders, "requests">): Promise<RequestHead | null> {
  const position = positions.get(event);
  return position === undefined
    ? loaders.requests.load(event.approvalRequestId)
    : position.page.request(position.index, loaders);
}
