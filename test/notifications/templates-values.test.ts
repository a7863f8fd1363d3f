import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateTime, duration, timeLeft } from "../../src/notifications/dates.ts";
import { outlineOf, prettyJson, tableOf } from "../../src/notifications/excerpts.ts";

const AT = "2026-03-03T14:05:00Z";

describe("a date in a message", () => {
  it.each([
    ["a known zone and locale", { locale: "de-DE", zone: "Europe/Berlin" }, "Di., 3. März 2026 um 15:05 MEZ"],
    ["a zone alone", { locale: null, zone: "Asia/Kolkata" }, "Tue, 3 March 2026 at 19:35 GMT+5:30"],
    ["a locale alone", { locale: "en-US", zone: null }, "Tue, March 3, 2026 at 2:05 PM UTC"],
    [
      "a locale as systems write it",
      { locale: "en_US", zone: "America/New_York" },
      "Tue, March 3, 2026 at 9:05 AM EST",
    ],
    ["an unknown zone", { locale: "de", zone: "Mars/Olympus" }, "Di., 3. März 2026 um 14:05 UTC"],
    ["an unknown locale", { locale: "!!", zone: "Europe/Berlin" }, "Tue, 3 March 2026 at 15:05 CET"],
    ["neither known", { locale: "!!", zone: "?" }, "Tue, 3 March 2026 at 14:05 UTC"],
    ["nobody", null, "Tue, 3 March 2026 at 14:05 UTC"],
  ])("for %s", (_, reader, shown) => {
    // Node's locale data put narrow spaces here and there.
    expect(dateTime(AT, reader).replaceAll("\u202f", " ")).toBe(shown);
  });

  it("never throws for invalid locales and zones", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (locale, zone) => {
        expect(dateTime(AT, { locale, zone })).not.toBe("");
      }),
      { numRuns: 300 },
    );
  });

  it.each(["", "soon", null, undefined, 7, {}])("is empty if it is %j", (value) =>
    expect(dateTime(value, null)).toBe(""),
  );
});

describe("the time left in a message", () => {
  it.each([
    [-5, "less than a minute"],
    [59, "less than a minute"],
    [60, "1 minute"],
    [899, "14 minutes"],
    [3_600, "1 hour"],
    [5_460, "1 hour 31 minutes"],
    [43_199, "11 hours 59 minutes"],
    [50_000, "13 hours"],
    [172_799, "47 hours"],
    [172_800, "2 days"],
    [864_000, "10 days"],
  ])("%d s: %s", (seconds, words) => {
    expect(timeLeft(new Date(Date.parse(AT) + seconds * 1_000), AT)).toBe(words);
    expect(duration(seconds * 1_000)).toBe(words);
  });

  it("until null is empty", () => expect(timeLeft(null, AT)).toBe(""));
});

describe("a context in a message", () => {
  it("is a table if it is flat", () => {
    expect(tableOf({ a: 1, b: "two", c: [1, "x", null], d: null, e: false }, 4)).toEqual({
      rows: [
        { key: "a", value: "1" },
        { key: "b", value: "two" },
        { key: "c", value: "1, x, null" },
        { key: "d", value: "null" },
      ],
      more: 1,
    });
    for (const other of [{ a: { b: 1 } }, { a: [[1]] }, {}, [], null, "a", 1]) expect(tableOf(other, 9)).toBeNull();
  });

  it("is formatted JSON if that is short", () => {
    const flat = fc.oneof(fc.string({ maxLength: 20 }), fc.integer(), fc.boolean(), fc.constant(null));
    const value = fc.dictionary(fc.string({ maxLength: 9 }), fc.oneof(flat, fc.array(flat, { maxLength: 3 })), {
      minKeys: 1,
      maxKeys: 4,
    });
    fc.assert(
      fc.property(value, (held) => {
        expect(prettyJson(held, 5_000)).toBe(JSON.stringify(held, null, 2));
      }),
    );
  });

  it("is cut if it is too long", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 3, max: 400 }), (held, most) => {
        expect(prettyJson(held, most).length).toBeLessThanOrEqual(most);
        expect(outlineOf(held, most).length).toBeLessThanOrEqual(most);
        expect(prettyJson(held, 100_000, 5).split("\n").length).toBeLessThanOrEqual(6);
      }),
    );
  });

  it("of a megabyte, a hundred levels deep, is generated only as far as it is shown", () => {
    let deep: unknown = Array.from({ length: 300_000 }, () => 1);
    for (let i = 0; i < 98; i++) deep = [deep];
    // Indented as a whole it would have 60 million characters.
    expect(prettyJson({ deep }, 100_000, 1_000).length).toBeLessThanOrEqual(100_000);
    expect(outlineOf({ wide: Array.from({ length: 300_000 }, () => "x") }, 500).length).toBeLessThanOrEqual(500);
  });
});
