/** The risk that a request states, and its consequences. */

import { describe, expect, it } from "vitest";
import { isLow, needsReview, riskOf } from "../../src/model/risk.ts";

describe("the risk of a request", () => {
  it.each([
    [{ risk: "critical" }, "critical"],
    [{ risk: " High\n" }, "High"],
    [{ risk: "" }, null],
    [{ risk: "  " }, null],
    [{ risk: null }, null],
    [{}, null],
    [Object.create({ risk: "high" }), null],
    [{ risk: 9 }, "9"],
    [{ risk: { level: "critical" } }, '{"level":"critical"}'],
    [{ risk: ["low"] }, '["low"]'],
    [{ risk: false }, "false"],
    [{ risk: "x".repeat(101) }, `${"x".repeat(99)}…`],
  ])("of %j is %j", (metadata, risk) => {
    expect(riskOf(metadata)).toBe(risk);
  });

  it.each([null, undefined, "", "low", "LOW", " Low "])("%j is low and needs no review", (risk) => {
    expect([isLow(risk), needsReview(risk)]).toEqual([true, false]);
  });

  it.each(["medium", "Moderate"])("%j is not low and needs no review", (risk) => {
    expect([isLow(risk), needsReview(risk)]).toEqual([false, false]);
  });

  it.each(["high", "HIGH", "Critical", "severe", "P0", "9", "l\u{200b}ow", "lοw", "not low", "9", '["low"]'])(
    "%j must be reviewed",
    (risk) => {
      expect([isLow(risk), needsReview(risk)]).toEqual([false, true]);
    },
  );
});
