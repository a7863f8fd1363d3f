/** The limits on conditions, in number and in work, on every surface. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { includesText, OutOfWork, WorkBudget } from "../../src/approvals/bounded-comparison.ts";
import { allConditionsHold, conditionHolds } from "../../src/approvals/conditions.ts";
import { checkJobConfig } from "../../src/approvals/job-config.ts";
import { MAX_CONDITIONS } from "../../src/approvals/validation.ts";
import { checkAutoApprovalConditions, evaluateCondition } from "../../src/handler/question.ts";
import {
  type ApprovalCondition,
  CONDITION_OPERATORS,
  type ConditionScope,
  type Json,
} from "../../src/model/approvals.ts";
import { gist, inputOf, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const scopeOf = (context: { [key: string]: Json }): ConditionScope => ({
  context,
  metadata: {},
  config: {},
  results: {},
});
const repeat = <T>(count: number, item: T): T[] => Array<T>(count).fill(item);
const numbers = Array.from({ length: 150_000 }, (_, index) => index);
const last = numbers.length - 1;

describe("the work of conditions is limited", () => {
  const contains: ApprovalCondition = { field: "context.list", operator: "CONTAINS", value: last };
  const scope = scopeOf({ list: numbers, text: `${"a".repeat(900_000)}b`, other: `${"a".repeat(900_000)}c` });

  it("and one comparison with a list of 0.8 MB is within the limit", () => {
    expect(conditionHolds(contains, scope)).toBe(true);
    expect(allConditionsHold([contains, { ...contains, value: 0 }], scope)).toBe(true);
    expect(conditionHolds({ ...contains, operator: "EQ", value: [...numbers] }, scope)).toBe(true);
  });

  it("by one budget for all of them, also in a row from before the limit; once it is used up, every operator is false", () => {
    expect(allConditionsHold(repeat(1_000, contains), scope)).toBe(false);
    const absent: ApprovalCondition = { field: "context.x", operator: "NOT_IN", value: numbers };
    expect(conditionHolds(absent, scopeOf({ x: -1 }))).toBe(true);
    expect(allConditionsHold(repeat(1_000, absent), scopeOf({ x: -1 }))).toBe(false);
    const different: ApprovalCondition = { field: "context.list", operator: "NE", value: [...numbers.slice(1), -1] };
    expect(conditionHolds(different, scope)).toBe(true);
    const alike: ApprovalCondition = { ...different, value: [...numbers.slice(0, last), -1] };
    expect(conditionHolds(alike, scope)).toBe(true);
    expect(allConditionsHold(repeat(1_000, alike), scope)).toBe(false);
    for (const operator of CONDITION_OPERATORS) {
      expect(conditionHolds({ ...contains, operator }, scope, new WorkBudget(0))).toBe(false);
    }
  });

  it("for objects in lists, keys of objects, and the texts themselves", () => {
    const objects: ApprovalCondition = { field: "context.list", operator: "CONTAINS", value: { id: 1 } };
    expect(allConditionsHold(repeat(20, objects), scopeOf({ list: [...repeat(100_000, { id: 2 }), { id: 1 }] }))).toBe(
      false,
    );
    const keyed = Object.fromEntries(numbers.map((n) => [`k${n}`, n]));
    const same: ApprovalCondition = { field: "context.object", operator: "EQ", value: { ...keyed } };
    expect(conditionHolds(same, scopeOf({ object: keyed }))).toBe(true);
    expect(allConditionsHold(repeat(20, same), scopeOf({ object: keyed }))).toBe(false);
    const within: ApprovalCondition = { field: "context.text", operator: "CONTAINS", value: "ab" };
    expect(conditionHolds(within, scope)).toBe(true);
    expect(allConditionsHold(repeat(50, within), scope)).toBe(false);
    const before: ApprovalCondition = { field: "context.text", operator: "LT", value: scope.context.other as string };
    expect(conditionHolds(before, scope)).toBe(true);
    expect(allConditionsHold(repeat(1_000, before), scope)).toBe(false);
  });

  it("in the job handler as well", () => {
    const job = { field: "context.list", operator: "contains", value: last };
    expect(evaluateCondition(job, scope)).toBe(true);
    expect(checkAutoApprovalConditions(repeat(1_000, job), scope)).toBe(false);
  });

  it("for a text and a part that make the search slowest", () => {
    // The engine's own search needs a minute for this.
    const part = `${"a".repeat(250)}b${"a".repeat(100_000)}`;
    const condition: ApprovalCondition = { field: "context.text", operator: "CONTAINS", value: part };
    expect(conditionHolds(condition, scope)).toBe(false);
    expect(conditionHolds(condition, scopeOf({ text: "a".repeat(400_000) + part }))).toBe(true);
  });
});

describe("the search in a text", () => {
  it("finds the same as the engine's own search", () => {
    const parts = ["abaab", "aab", "b", ""];
    const text = (seed: number, length: number) =>
      Array.from({ length }, (_, at) => parts[(seed * 7 + at * at + (at % 3) * seed) % parts.length]).join("");
    for (let seed = 0; seed < 300; seed += 1) {
      const [whole, part] = [text(seed, 60), text(seed + (seed % 4), 8 + (seed % 20))];
      const pieces = [part, whole.slice(seed % 17, (seed % 17) + 40), `${part}c`, `${"é\u{1F600}".repeat(20)}`];
      for (const piece of pieces) {
        expect(includesText(whole, piece, new WorkBudget(1_000))).toBe(whole.includes(piece));
      }
    }
  });

  it("throws an error of its own if the budget is not sufficient", () => {
    expect(() => includesText("a".repeat(100), "b", new WorkBudget(49))).toThrow(OutOfWork);
  });
});

describe("more than 50 conditions, and conditions of more than 1 MiB in total, are refused with VALIDATION", () => {
  let server: TestServer;
  let agent: string;
  let admin: string;
  beforeAll(async () => {
    server = await startServer();
    agent = await tokenFor("agent", { scope: "approvals:request" });
    admin = await tokenFor("admin", { scope: "approvals:admin" });
  });
  afterAll(() => server.stop());

  const condition = { field: "context.x", operator: "EQ", value: 1 };
  const tooMany = repeat(MAX_CONDITIONS + 1, condition);
  const tooLong = repeat(3, { ...condition, value: "x".repeat(500_000) });
  const issues = "... on ValidationError { issues { path message } }";

  it.each([
    ["many", tooMany, "has 51 entries; at most 50 are allowed"],
    ["long", tooLong, expect.stringMatching(/^is \d+ bytes of JSON; at most 1048576/)],
  ])("on create and update over GraphQL: too %s", async (_, conditions, message) => {
    const input = inputOf({ approvalType: "CONDITIONAL", autoApproveConditions: conditions });
    const create = `mutation ($input: CreateApprovalRequestInput!) { answer: createApprovalRequest(input: $input) { ${issues} } }`;
    expect((await server.data(agent, create, { input })).answer.issues).toEqual([
      { path: "autoApproveConditions", message },
    ]);
    const requestId = await server.ask(agent);
    const update = `mutation ($input: UpdateAutoApproveConditionsInput!) {
      answer: updateAutoApproveConditions(input: $input) { ${issues} } }`;
    expect((await server.data(admin, update, { input: { requestId, conditions } })).answer.issues).toEqual([
      { path: "conditions", message },
    ]);
  });

  it("on create and update over REST", async () => {
    const rest = restClient(server, agent);
    const input = inputOf({ approvalType: "CONDITIONAL", autoApproveConditions: tooMany });
    expect(gist(await rest.post("/approvals", input))).toEqual([422, "VALIDATION", "autoApproveConditions"]);
    const { id } = await rest.ask({ autoApproveConditions: repeat(MAX_CONDITIONS, condition) });
    const path = `/approvals/${id}/conditions`;
    const asAdmin = restClient(server, admin);
    expect(gist(await asAdmin.post(path, { conditions: tooMany }, "PUT"))).toEqual([422, "VALIDATION", "conditions"]);
  });

  it("in the handler's validate and in validateApprovalJob", async () => {
    const config = { title: "Deploy?", notifyUsers: ["bob"], approvalType: "conditional" };
    const autoApproveConditions = repeat(MAX_CONDITIONS + 1, { field: "context.x", operator: "==", value: 1 });
    const expected = [{ path: "autoApproveConditions", message: "has 51 entries; at most 50 are allowed" }];
    expect(checkJobConfig({ ...config, autoApproveConditions })).toEqual(expected);
    const query = "query ($config: ApprovalJobConfigInput!) { validateApprovalJob(config: $config) { path message } }";
    const answered = await server.data(agent, query, { config: { ...config, autoApproveConditions } });
    expect(answered.validateApprovalJob).toEqual(expected);
    const fifty = autoApproveConditions.slice(1);
    expect(checkJobConfig({ ...config, autoApproveConditions: fifty })).toEqual([]);
  });
});
