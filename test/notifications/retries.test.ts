import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeliveryError } from "../../src/notifications/channel.ts";
import { failureOf, retryDelayMs } from "../../src/notifications/retries.ts";

const HOUR = 3_600_000;
/** A message with this number of failures. */
const failed = (retryCount: number, error: unknown) =>
  failureOf(
    { retryCount, maxRetries: 15, metadata: { to: "person", actor: null, comment: null, status: "PENDING" } },
    error,
  );

describe("the next attempt of a delivery", () => {
  it("starts after two seconds, doubled each time, at most five minutes for people and an hour for programs", () => {
    const longest = (to: "person" | "callback") =>
      Array.from({ length: 13 }, (_, retries) => retryDelayMs(retries, to, 0) / 1_000);
    expect(longest("person")).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300]);
    expect(longest("callback")).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600]);
    expect(retryDelayMs(100_000, "endpoint", 0)).toBe(HOUR);
  });

  it("starts earlier by a random part of at most half, so that messages that failed together are not retried together", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.double({ min: 0, max: 1, noNaN: true }), (retries, random) => {
        const longest = retryDelayMs(retries, "person", 0);
        expect(retryDelayMs(retries, "person", random)).toBeLessThanOrEqual(longest);
        expect(retryDelayMs(retries, "person", random)).toBeGreaterThanOrEqual(longest / 2);
      }),
    );
    expect(new Set(Array.from({ length: 20 }, () => retryDelayMs(5, "person"))).size).toBeGreaterThan(1);
  });
});

describe("a failure of a delivery", () => {
  it("counts and is retried, until the retries are exhausted", () => {
    expect(failed(14, new Error("trouble"))).toEqual({
      message: "trouble",
      counts: true,
      retryInMs: expect.any(Number),
    });
    expect(failed(15, new Error("trouble"))).toEqual({ message: "trouble", retryInMs: null, counts: false });
  });

  it("that is permanent is not retried, even if retries are left", () => {
    const error = new DeliveryError("no such mailbox", { permanent: true, retryAfterMs: 1_000 });
    expect(failed(0, error)).toEqual({ message: "no such mailbox", retryInMs: null, counts: false });
  });

  it("with a requested wait is retried after it, but not within a second, however often it has failed", () => {
    const asked = (retryAfterMs: number) => failed(15, new DeliveryError("slow down", { retryAfterMs }));
    expect(asked(HOUR * 24)).toEqual({ message: "slow down", retryInMs: HOUR * 24, counts: false });
    expect(asked(0).retryInMs).toBe(1_000);
  });

  it("is stored as a line of limited length", () => {
    expect(failed(0, new Error(`first\n  second ${"x".repeat(1_000)}`)).message).toMatch(/^first second x{487}$/);
    expect(failed(0, "no error at all").message).toBe("no error at all");
  });
});
