/** Tests the custom scalars of the schema: SafeInt, DateTime, JSONObject and JSON. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inputOf, orchestrator } from "../support/approvals/requests.ts";
import { type Api, type Data, startApi } from "../support/graphql/graphql.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const CREATE = `mutation ($input: CreateApprovalRequestInput!) {
  createApprovalRequest(input: $input) {
    ... on CreateApprovalRequestPayload { request { id timeoutMs context expiresAt createdAt } created }
    ... on Error { code }
    ... on ValidationError { issues { path message } }
  }
}`;

/** Creates from an input as JSON text, in which `context` is spelt as given. */
async function createWith(context: string, more: object = {}): Promise<Data> {
  const input = JSON.stringify({ ...inputOf(), ...more }).replace(/}$/, `,"context":${context}}`);
  const result = await api.as("ann").send(CREATE, `{"input":${input}}`);
  return result.data?.createApprovalRequest ?? result;
}

/** Creates with the context written into the document. */
async function createInline(context: string, variables = "{}", declarations = ""): Promise<Data> {
  const { workflowId, jobId, executionId } = inputOf();
  const source = `mutation${declarations} { createApprovalRequest(input: {
    workflowId: "${workflowId}", jobId: "${jobId}", executionId: "${executionId}", title: "T", notifyUsers: ["bob"],
    context: ${context}
  }) {
    ... on CreateApprovalRequestPayload { request { context } }
    ... on ValidationError { issues { path message } }
  } }`;
  const result = await api.as("ann").send(source, variables);
  return result.data?.createApprovalRequest ?? result;
}

describe("SafeInt", () => {
  it("carries a timeout of 30 days through every layer", async () => {
    const { request } = await createWith("{}", { timeoutMs: 2_592_000_000 });
    expect(request.timeoutMs).toBe(2_592_000_000);
    const { approvalRequest } = await api.as("ann").data("RequestById", { id: request.id });
    expect(approvalRequest.timeoutMs).toBe(2_592_000_000);
    expect(approvalRequest.timeRemainingMs).toBeGreaterThan(2_591_000_000);
    expect(Date.parse(approvalRequest.expiresAt) - Date.parse(approvalRequest.createdAt)).toBe(2_592_000_000);
  });

  it.each(["1.5", "9007199254740993", "1e400", '"5"'])(
    "refuses %s and quotes it as it was written",
    async (timeoutMs) => {
      const input = JSON.stringify(inputOf()).replace(/}$/, `,"timeoutMs":${timeoutMs}}`);
      const { errors } = await api.as("ann").send(CREATE, `{"input":${input}}`);
      expect(errors?.[0]?.message).toContain('"input.timeoutMs"');
      expect(errors?.[0]?.message).toContain(timeoutMs.replaceAll('"', ""));
    },
  );

  it("leaves a negative duration to validation, which names the field", async () => {
    const { code, issues } = await createWith("{}", { timeoutMs: -5 });
    expect([code, issues.map((issue: Data) => issue.path)]).toEqual(["VALIDATION", ["timeoutMs"]]);
  });
});

describe("DateTime", () => {
  it("is sent in UTC with milliseconds", async () => {
    const { request } = await createWith("{}");
    expect(request.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it.each(["yesterday", "2026-02-30T00:00:00Z", "2026-01-01", "2016-12-31T23:59:60Z", 5])(
    "refuses %j",
    async (from) => {
      const { data, errors } = await api.as("ann").run("Statistics", { from });
      expect([data, errors?.length]).toEqual([undefined, 1]);
      expect(errors?.[0]?.message).toContain('"$from"');
    },
  );

  it("accepts another time zone", async () => {
    const { errors } = await api.as("ann").run("Statistics", { from: "2026-01-01T02:00:00+02:00" });
    expect(errors).toBeUndefined();
  });
});

describe("JSONObject", () => {
  const ODD = '{"a":[1,2.5,-0.001,1e3,true,null,{"é":"☃"}],"":{"__proto__":{"polluted":true}},"constructor":1}';

  it("returns the value of a variable", async () => {
    const { request } = await createWith(ODD);
    expect(JSON.stringify(request.context)).toContain('"__proto__":{"polluted":true}');
    expect(request.context.a).toEqual([1, 2.5, -0.001, 1000, true, null, { é: "☃" }]);
    expect(({} as Data).polluted).toBeUndefined();
  });

  it("returns the value of a literal in the document", async () => {
    const { request } = await createInline(
      '{ a: [1, 2.5, -0.001, 1e3, true, null, { s: "☃" }], __proto__: { polluted: true } }',
    );
    expect(request.context.a).toEqual([1, 2.5, -0.001, 1000, true, null, { s: "☃" }]);
    expect(Object.hasOwn(request.context, "__proto__")).toBe(true);
    expect(request.context.polluted).toBeUndefined();
    expect(({} as Data).polluted).toBeUndefined();
  });

  it("accepts variables inside a literal", async () => {
    const { request } = await createInline(
      '{ amount: $amount, tags: ["x", $tag, $none], none: $none, when: $when }',
      '{"amount":5,"tag":{"deep":[1]},"when":"2026-01-01T00:00:00Z"}',
      "($amount: Int, $tag: JSON, $none: Int, $when: DateTime)",
    );
    expect(request.context).toEqual({ amount: 5, tags: ["x", { deep: [1] }, null], when: "2026-01-01T00:00:00.000Z" });
  });

  it.each(["9007199254740993", "0.1000000000000000055", "1e400"])(
    "refuses and names a number like %s, which a double cannot represent",
    async (number) => {
      const inVariable = await createWith(`{"deep":[${number}]}`);
      expect(inVariable.issues).toEqual([{ path: "context.deep.0", message: expect.stringContaining("is not exact") }]);
      const inLiteral = await createInline(`{ deep: [${number}] }`);
      expect(inLiteral.issues).toEqual(inVariable.issues);
    },
  );

  it.each(["[]", '"text"', "5", "true", "9007199254740993"])("refuses %s, which is not an object", async (context) => {
    for (const { data, errors } of [await createWith(context), await createInline(context)]) {
      expect(data).toBeUndefined();
      expect(errors[0].message).toContain("JSONObject must be a JSON object");
    }
  });

  it("refuses an enum value in a literal", async () => {
    const { errors } = await createInline("{ a: RED }");
    expect(errors[0].message).toContain("JSON has no value RED");
  });

  it("treats null as omitted", async () => {
    const { request } = await createWith("null");
    expect(request.context).toEqual({});
  });
});

describe("JSON", () => {
  const create = (value: string) =>
    api.as(orchestrator).send(
      `mutation ($input: CreateApprovalRequestInput!) {
        createApprovalRequest(input: $input) {
          ... on CreateApprovalRequestPayload { request { status autoApproveConditions { field operator value } } }
          ... on ValidationError { issues { path message } }
        }
      }`,
      `{"input":${JSON.stringify({ ...inputOf(), approvalType: "CONDITIONAL" }).replace(
        /}$/,
        `,"context":{"x":1},"autoApproveConditions":[{"field":"context.x","operator":"EQ"${value}}]}`,
      )}}`,
    );

  it.each(["1", "null", '"a"', "[1,{}]", "false"])("carries %s as a condition's value", async (value) => {
    const { data } = await create(`,"value":${value}`);
    expect(data?.createApprovalRequest.request.autoApproveConditions).toEqual([
      { field: "context.x", operator: "EQ", value: JSON.parse(value) },
    ]);
  });

  it("distinguishes an omitted value from null, and names a number that would lose digits", async () => {
    const leftOut = await create("");
    expect(leftOut.data?.createApprovalRequest.issues[0].path).toBe("autoApproveConditions.0.value");
    const lossy = await create(',"value":12345678901234567890');
    expect(lossy.data?.createApprovalRequest.issues[0].path).toBe("autoApproveConditions.0.value");
  });
});
