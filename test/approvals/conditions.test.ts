import { describe, expect, it } from "vitest";
import {
  allConditionsHold,
  conditionHolds,
  OPERATOR_SPELLINGS,
  pathFault,
  valueAt,
} from "../../src/approvals/conditions.ts";
import {
  type ApprovalCondition,
  CONDITION_OPERATORS,
  type ConditionScope,
  type Json,
} from "../../src/model/approvals.ts";

const scopeOf = (context: unknown, more: Partial<ConditionScope> = {}): ConditionScope =>
  ({ context, metadata: {}, config: {}, results: {}, ...more }) as ConditionScope;

/** Whether `left operator right` holds, by an operator in either spelling. */
const holds = (left: Json, spelling: string, right: Json): boolean =>
  conditionHolds(
    { field: "context.x", operator: OPERATOR_SPELLINGS[spelling] as ApprovalCondition["operator"], value: right },
    scopeOf({ x: left }),
  );

describe("the operators of conditions", () => {
  const pairs: [string, string][] = [
    ["EQ", "=="],
    ["NE", "!="],
    ["GT", ">"],
    ["GTE", ">="],
    ["LT", "<"],
    ["LTE", "<="],
    ["CONTAINS", "contains"],
    ["STARTS_WITH", "startsWith"],
    ["ENDS_WITH", "endsWith"],
    ["IN", "in"],
    ["NOT_IN", "notIn"],
  ];

  it("are eleven, each with two spellings", () => {
    expect(pairs.map(([graphql]) => graphql)).toEqual([...CONDITION_OPERATORS]);
    expect(Object.keys(OPERATOR_SPELLINGS).sort()).toEqual(pairs.flat().sort());
    for (const [graphql, job] of pairs) expect(OPERATOR_SPELLINGS[job]).toBe(OPERATOR_SPELLINGS[graphql]);
  });

  const cases: [Json, string, Json, boolean][] = [
    [1, "EQ", 1, true],
    [1, "EQ", 2, false],
    ["a", "EQ", "a", true],
    [null, "EQ", null, true],
    [{ a: [1, { b: null }] }, "EQ", { a: [1, { b: null }] }, true],
    [{ a: 1, b: 2 }, "EQ", { b: 2, a: 1 }, true],
    [{ a: 1 }, "EQ", { a: 1, b: 2 }, false],
    [[1, 2], "EQ", [2, 1], false],
    [[], "EQ", {}, false],
    [-0, "EQ", 0, true],
    [{ a: [-0] }, "EQ", { a: [0] }, true],
    ["é", "EQ", "e\u0301", false],
    [1, "NE", 2, true],
    [1, "NE", 1, false],
    ["a", "NE", "b", true],
    [[1], "NE", [2], true],
    [{ a: 1 }, "NE", { a: 1 }, false],
    [true, "NE", false, true],
    [0, "NE", -0, false],
    [2, "GT", 1, true],
    [1, "GT", 1, false],
    ["b", "GT", "a", true],
    ["10", "GT", "9", false],
    [1, "GTE", 1, true],
    [0.3, "GTE", 0.1, true],
    [0, "GTE", 1, false],
    ["a", "GTE", "a", true],
    [1, "LT", 2, true],
    [2, "LT", 2, false],
    ["Z", "LT", "a", true],
    [2, "LTE", 2, true],
    [3, "LTE", 2, false],
    ["", "LTE", "", true],
    ["abc", "CONTAINS", "b", true],
    ["abc", "CONTAINS", "B", false],
    [[1, { a: 1 }], "CONTAINS", { a: 1 }, true],
    [["abc"], "CONTAINS", "b", false],
    [[[1]], "CONTAINS", [1], true],
    [[0], "CONTAINS", -0, true],
    ["abc", "STARTS_WITH", "ab", true],
    ["abc", "STARTS_WITH", "b", false],
    ["abc", "ENDS_WITH", "bc", true],
    ["abc", "ENDS_WITH", "b", false],
    [1, "IN", [1, 2], true],
    [3, "IN", [1, 2], false],
    [{ a: [1] }, "IN", [{ a: [1] }], true],
    [null, "IN", [null], true],
    [3, "NOT_IN", [1, 2], true],
    [1, "NOT_IN", [1, 2], false],
    [1, "NOT_IN", [], true],
    [{ a: 1 }, "NOT_IN", [{ a: 1 }], false],
  ];
  it.each(cases)("evaluate %j %s %j to %j, in both spellings", (left, operator, right, expected) => {
    const spellings = pairs.find(([graphql]) => graphql === operator) as [string, string];
    for (const spelling of spellings) expect(holds(left, spelling, right)).toBe(expected);
  });
});

describe("conditions fail closed", () => {
  it("if a field is missing, with every operator", () => {
    for (const operator of CONDITION_OPERATORS) {
      for (const value of [null, "", 0, [], ["x"], {}]) {
        expect(conditionHolds({ field: "context.missing", operator, value }, scopeOf({ x: 1 }))).toBe(false);
        expect(conditionHolds({ field: "results.build.size", operator, value }, scopeOf({}))).toBe(false);
      }
    }
  });

  it("if a value has another type, because nothing is converted", () => {
    expect(holds("1", "EQ", 1)).toBe(false);
    expect(holds(1, "EQ", true)).toBe(false);
    expect(holds(null, "EQ", false)).toBe(false);
    expect(holds("2", "GT", 1)).toBe(false);
    expect(holds(true, "GTE", false)).toBe(false);
    expect(holds(null, "LTE", 0)).toBe(false);
    expect(holds([2], "GT", [1])).toBe(false);
    expect(holds(123, "CONTAINS", 2)).toBe(false);
    expect(holds("123", "CONTAINS", 2)).toBe(false);
    expect(holds({ a: 1 }, "CONTAINS", "a")).toBe(false);
    expect(holds([1], "CONTAINS", "1")).toBe(false);
    expect(holds(["a"], "STARTS_WITH", "a")).toBe(false);
    expect(holds(10, "STARTS_WITH", "1")).toBe(false);
    expect(holds(10, "ENDS_WITH", "0")).toBe(false);
    expect(holds("a", "IN", "abc")).toBe(false);
    expect(holds("a", "IN", { a: 1 })).toBe(false);
    expect(holds(1, "IN", ["1"])).toBe(false);
    expect(holds("z", "NOT_IN", "abc")).toBe(false);
    expect(holds("z", "NOT_IN", null)).toBe(false);
    expect(holds("1", "NE", 2)).toBe(false);
  });

  const prototypePaths = [
    "context.__proto__",
    "context.__proto__.polluted",
    "context.constructor",
    "context.constructor.name",
    "context.prototype.x",
    "context.x.__proto__.y",
    "__proto__.context",
    "constructor.prototype",
  ];
  it.each(prototypePaths)("on the path %s, even if the document has such a key", (field) => {
    const hostile = JSON.parse(
      '{"__proto__": {"polluted": 1}, "constructor": {"name": "Object"}, "prototype": {"x": 1}, "x": {"__proto__": {"y": 1}}}',
    );
    expect(valueAt(scopeOf(hostile), field)).toBeUndefined();
    expect(pathFault(field)).toMatch(/must not lead through/);
    for (const operator of CONDITION_OPERATORS) {
      for (const value of [1, "Object", {}, [], null]) {
        expect(conditionHolds({ field, operator, value }, scopeOf(hostile))).toBe(false);
      }
    }
  });

  it("on paths to inherited properties", () => {
    for (const field of ["context.toString", "context.hasOwnProperty", "context.list.length", "context.text.length"]) {
      expect(valueAt(scopeOf({ list: [1], text: "abc" }), field)).toBeUndefined();
    }
    expect(valueAt(scopeOf(Object.create({ inherited: 1 })), "context.inherited")).toBeUndefined();
    expect(valueAt(scopeOf({ toString: "own" }), "context.toString")).toBe("own");
  });

  it("on paths to parts of the request other than the four documents", () => {
    const request = { ...scopeOf({}), title: "x", status: "PENDING" };
    for (const field of ["title", "status", "notifyUsers.0", ""]) expect(valueAt(request, field)).toBeUndefined();
  });

  it("if the operator is unknown", () => {
    for (const operator of ["LIKE", "toString", "==", "__proto__"]) {
      const condition = { field: "context.x", operator, value: 1 } as unknown as ApprovalCondition;
      expect(conditionHolds(condition, scopeOf({ x: 1 }))).toBe(false);
    }
  });

  it("if there is no condition", () => {
    expect(allConditionsHold([], scopeOf({}))).toBe(false);
  });
});

describe("conditions with paths", () => {
  const scope = scopeOf(
    { list: [{ n: 1 }, [2, 3]], object: { "0": "zero", nested: { deep: null } } },
    { metadata: { cost: 40 }, config: { region: "eu" }, results: { build: { output: { size: 42 } } } },
  );

  it.each<[string, Json | undefined]>([
    ["context.list.0.n", 1],
    ["context.list.1.1", 3],
    ["context.list.2", undefined],
    ["context.list.-1", undefined],
    ["context.list.01", undefined],
    ["context.list.1e0", undefined],
    ["context.list.n", undefined],
    ["context.list.at", undefined],
    ["context.object.0", "zero"],
    ["context.object.nested.deep", null],
    ["context.object.nested.deep.er", undefined],
    ["metadata.cost", 40],
    ["config.region", "eu"],
    ["config.region.0", undefined],
    ["results.build.output.size", 42],
  ])("follow %s to %j", (field, expected) => {
    expect(valueAt(scope, field)).toEqual(expected);
  });

  it("read documents without a prototype, as the API's parser creates them", () => {
    const bare = Object.assign(Object.create(null), { a: Object.assign(Object.create(null), { b: 1 }) });
    expect(conditionHolds({ field: "context.a", operator: "EQ", value: { b: 1 } }, scopeOf(bare))).toBe(true);
  });

  it.each([
    ["cost", "must start with one of context, metadata, config, results"],
    ["", "must be names joined by single dots, as in metadata.amount"],
    ["context..a", "must be names joined by single dots, as in metadata.amount"],
    ["context.", "must be names joined by single dots, as in metadata.amount"],
    ["context", "must name a field below context, as in context.amount"],
  ])("are refused if the path is %j: %s", (field, fault) => {
    expect(pathFault(field)).toBe(fault);
  });

  it("accept any other path", () => {
    for (const field of ["context.a", "results.build.0.size", "metadata.a b.ç"]) expect(pathFault(field)).toBeNull();
  });

  it("must all be true", () => {
    const cheap: ApprovalCondition = { field: "metadata.cost", operator: "LT", value: 100 };
    const european: ApprovalCondition = { field: "config.region", operator: "EQ", value: "eu" };
    expect(allConditionsHold([cheap, european], scope)).toBe(true);
    expect(allConditionsHold([cheap, { ...european, value: "us" }], scope)).toBe(false);
  });
});
