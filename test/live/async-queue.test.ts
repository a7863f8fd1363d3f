import { describe, expect, it } from "vitest";
import { BoundedQueue, LatestQueue } from "../../src/live/async-queue.ts";

const value = <T>(value: T) => ({ done: false, value });
const done = { done: true, value: undefined };

describe("a queue of the latest value", () => {
  it("returns only the newest value", async () => {
    const queue = new LatestQueue<number>();
    queue.put(1);
    queue.put(2);
    expect(await queue.next()).toEqual(value(2));
  });

  it("stores a value that came before the first read", async () => {
    const queue = new LatestQueue<string>();
    queue.put("early");
    for await (const item of queue) {
      expect(item).toBe("early");
      queue.end();
    }
  });

  it("delivers a value to the pending read, and the next value to the next read", async () => {
    const queue = new LatestQueue<number>();
    const reads = [queue.next(), queue.next(), queue.next()];
    for (const n of [1, 2, 3, 4]) queue.put(n);
    expect(await Promise.all(reads)).toEqual([value(1), value(2), value(3)]);
    expect(await queue.next()).toEqual(value(4));
  });

  it("distinguishes undefined from no value", async () => {
    const queue = new LatestQueue<undefined>();
    queue.put(undefined);
    queue.end();
    expect(await queue.next()).toEqual(value(undefined));
    expect(await queue.next()).toEqual(done);
  });

  it("still returns the last value after its end, then is done", async () => {
    const queue = new LatestQueue<number>();
    queue.put(1);
    queue.end();
    queue.put(2);
    expect(await queue.next()).toEqual(value(1));
    expect(await queue.next()).toEqual(done);
  });

  it("resolves every pending next() when return() is called while it is idle", async () => {
    const queue = new LatestQueue<number>();
    const reads = [queue.next(), queue.next()];
    expect(await queue.return()).toEqual(done);
    expect(await Promise.all(reads)).toEqual([done, done]);
    expect(await queue.next()).toEqual(done);
  });

  it("drops an unread value when return() is called", async () => {
    const queue = new LatestQueue<number>();
    queue.put(1);
    await queue.return();
    expect(await queue.next()).toEqual(done);
  });

  it.each(["return", "end", "fail"] as const)("cleans up once, after %s and more calls", async (first) => {
    let cleanups = 0;
    const queue = new LatestQueue<number>(() => cleanups++);
    if (first === "fail") queue.fail(new Error("lost"));
    else await queue[first]();
    queue.end();
    queue.fail(new Error("late"));
    await queue.return();
    expect(cleanups).toBe(1);
  });

  it("cleans up when a loop over it ends early", async () => {
    let cleanups = 0;
    const queue = new LatestQueue<number>(() => cleanups++);
    queue.put(1);
    for await (const _ of queue) break;
    expect(cleanups).toBe(1);
    expect(queue.ended).toBe(true);
  });

  it("rejects a pending next() with the failure, and is done after it", async () => {
    const queue = new LatestQueue<number>();
    const read = queue.next();
    queue.fail(new Error("lost"));
    await expect(read).rejects.toThrow("lost");
    expect(await queue.next()).toEqual(done);
  });

  it("returns the last value before it rejects with the failure", async () => {
    const queue = new LatestQueue<number>();
    queue.put(1);
    queue.fail(new Error("lost"));
    expect(await queue.next()).toEqual(value(1));
    await expect(queue.next()).rejects.toThrow("lost");
    expect(await queue.next()).toEqual(done);
  });

  it("is ended by throw(), which rejects with the error it was given", async () => {
    const queue = new LatestQueue<number>();
    const read = queue.next();
    await expect(queue.throw(new Error("stop"))).rejects.toThrow("stop");
    expect(await read).toEqual(done);
  });
});

describe("a bounded queue", () => {
  it("returns values in order and rejects those above its capacity", async () => {
    const queue = new BoundedQueue<number>({ capacity: 2 });
    expect([1, 2, 3].map((n) => queue.put(n))).toEqual([true, true, false]);
    expect(await queue.next()).toEqual(value(1));
    expect(await queue.next()).toEqual(value(2));
  });

  it("accepts nothing after a rejected value until onDrain was called", async () => {
    const queue = new BoundedQueue<string>({ capacity: 2, onDrain: () => queue.put("collapsed") });
    for (const item of ["a", "b", "c"]) queue.put(item);
    expect(await queue.next()).toEqual(value("a"));
    expect(queue.put("d")).toBe(false);
    const last = queue.next();
    expect(queue.put("e")).toBe(false);
    expect(await last).toEqual(value("b"));
    expect(await queue.next()).toEqual(value("collapsed"));
    expect(queue.put("f")).toBe(true);
    expect(await queue.next()).toEqual(value("f"));
  });

  it("calls onDrain once for each overflow, and not after the end", async () => {
    let drains = 0;
    const queue = new BoundedQueue<number>({ capacity: 1, onDrain: () => drains++ });
    for (const n of [1, 2, 3]) queue.put(n);
    const reads = [queue.next(), queue.next()];
    await reads[0];
    expect(drains).toBe(1);
    queue.put(4);
    expect(await reads[1]).toEqual(value(4));
    queue.put(5);
    queue.put(6);
    queue.end();
    expect(await queue.next()).toEqual(value(5));
    expect(await queue.next()).toEqual(done);
    expect(drains).toBe(1);
  });

  it("resolves a pending next() on return() and accepts no more values", async () => {
    const queue = new BoundedQueue<number>({ capacity: 1 });
    const read = queue.next();
    await queue.return();
    expect(await read).toEqual(done);
    expect(queue.put(1)).toBe(false);
  });
});
