import { describe, expect, it } from "vitest";
import { Mailbox, Queue } from "../../src/live/mailbox.ts";

const value = <T>(value: T) => ({ done: false, value });
const done = { done: true, value: undefined };

describe("a mailbox", () => {
  it("gives out the newest value only", async () => {
    const mailbox = new Mailbox<number>();
    mailbox.put(1);
    mailbox.put(2);
    expect(await mailbox.next()).toEqual(value(2));
  });

  it("keeps a value that came before the first read", async () => {
    const mailbox = new Mailbox<string>();
    mailbox.put("early");
    for await (const item of mailbox) {
      expect(item).toBe("early");
      mailbox.end();
    }
  });

  it("hands a value to the read that waits for it, and the next value to the next read", async () => {
    const mailbox = new Mailbox<number>();
    const reads = [mailbox.next(), mailbox.next(), mailbox.next()];
    for (const n of [1, 2, 3, 4]) mailbox.put(n);
    expect(await Promise.all(reads)).toEqual([value(1), value(2), value(3)]);
    expect(await mailbox.next()).toEqual(value(4));
  });

  it("keeps undefined apart from nothing", async () => {
    const mailbox = new Mailbox<undefined>();
    mailbox.put(undefined);
    mailbox.end();
    expect(await mailbox.next()).toEqual(value(undefined));
    expect(await mailbox.next()).toEqual(done);
  });

  it("still gives out the last value after its end, then is done", async () => {
    const mailbox = new Mailbox<number>();
    mailbox.put(1);
    mailbox.end();
    mailbox.put(2);
    expect(await mailbox.next()).toEqual(value(1));
    expect(await mailbox.next()).toEqual(done);
  });

  it("resolves every pending next() when return() is called while it is idle", async () => {
    const mailbox = new Mailbox<number>();
    const reads = [mailbox.next(), mailbox.next()];
    expect(await mailbox.return()).toEqual(done);
    expect(await Promise.all(reads)).toEqual([done, done]);
    expect(await mailbox.next()).toEqual(done);
  });

  it("drops what nobody took when return() is called", async () => {
    const mailbox = new Mailbox<number>();
    mailbox.put(1);
    await mailbox.return();
    expect(await mailbox.next()).toEqual(done);
  });

  it.each(["return", "end", "fail"] as const)("cleans up once, whoever ends it first: %s", async (first) => {
    let cleanups = 0;
    const mailbox = new Mailbox<number>(() => cleanups++);
    if (first === "fail") mailbox.fail(new Error("lost"));
    else await mailbox[first]();
    mailbox.end();
    mailbox.fail(new Error("late"));
    await mailbox.return();
    expect(cleanups).toBe(1);
  });

  it("cleans up when a loop over it is left", async () => {
    let cleanups = 0;
    const mailbox = new Mailbox<number>(() => cleanups++);
    mailbox.put(1);
    for await (const _ of mailbox) break;
    expect(cleanups).toBe(1);
    expect(mailbox.ended).toBe(true);
  });

  it("rejects a pending next() with the failure, and is done after it", async () => {
    const mailbox = new Mailbox<number>();
    const read = mailbox.next();
    mailbox.fail(new Error("lost"));
    await expect(read).rejects.toThrow("lost");
    expect(await mailbox.next()).toEqual(done);
  });

  it("gives out the last value before the failure", async () => {
    const mailbox = new Mailbox<number>();
    mailbox.put(1);
    mailbox.fail(new Error("lost"));
    expect(await mailbox.next()).toEqual(value(1));
    await expect(mailbox.next()).rejects.toThrow("lost");
    expect(await mailbox.next()).toEqual(done);
  });

  it("is ended by throw(), which rejects with the error it was given", async () => {
    const mailbox = new Mailbox<number>();
    const read = mailbox.next();
    await expect(mailbox.throw(new Error("stop"))).rejects.toThrow("stop");
    expect(await read).toEqual(done);
  });
});

describe("a queue", () => {
  it("gives out values in order and refuses those above its capacity", async () => {
    const queue = new Queue<number>({ capacity: 2 });
    expect([1, 2, 3].map((n) => queue.put(n))).toEqual([true, true, false]);
    expect(await queue.next()).toEqual(value(1));
    expect(await queue.next()).toEqual(value(2));
  });

  it("takes nothing behind a refused value until its producer was told to make up for it", async () => {
    const queue = new Queue<string>({ capacity: 2, onDrain: () => queue.put("collapsed") });
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

  it("tells its producer once for each overflow, and not after the end", async () => {
    let drains = 0;
    const queue = new Queue<number>({ capacity: 1, onDrain: () => drains++ });
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

  it("resolves a pending next() on return() and takes no more values", async () => {
    const queue = new Queue<number>({ capacity: 1 });
    const read = queue.next();
    await queue.return();
    expect(await read).toEqual(done);
    expect(queue.put(1)).toBe(false);
  });
});
