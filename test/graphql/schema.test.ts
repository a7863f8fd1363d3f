/** Tests the GraphQL schema: its descriptions, its documents, its enums and its payloads. */

import { readFileSync } from "node:fs";
import {
  type GraphQLEnumType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
  validate,
} from "graphql";
import { describe, expect, it } from "vitest";
import * as model from "../../src/model/approvals.ts";
import { NOTIFICATION_KINDS, NOTIFICATION_STATUSES } from "../../src/model/notifications.ts";
import { ATTEMPT_OUTCOMES, JOB_STATUSES, JOB_WAITS, LOG_LEVELS, RUN_STATUSES } from "../../src/model/runs.ts";
import { schema } from "../../src/schema/index.ts";
import { printed } from "../../src/schema/print.ts";

const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

type Described = { description?: string | null };

/** Every element of the schema by its path, as in `Query.node(id)`. */
function* elements(): Generator<[path: string, element: Described]> {
  for (const type of types) {
    yield [type.name, type];
    if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value];
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field];
    }
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field];
      for (const arg of field.args) yield [`${type.name}.${field.name}(${arg.name})`, arg];
    }
  }
}

describe("the GraphQL schema", () => {
  it("describes every type, field, argument, enum value and input field", () => {
    const silent = [...elements()].filter(([, { description }]) => !description?.trim()).map(([path]) => path);
    expect(silent).toEqual([]);
  });

  it("accepts every document that clients send", () => {
    expect(validate(schema, parse(read("../contract/operations.graphql")))).toEqual([]);
  });

  it("is the one that is committed as schema.graphql", () => {
    expect(read("../../schema.graphql")).toBe(printed());
  });

  it.each([
    ["ApprovalStatus", model.APPROVAL_STATUSES],
    ["TimeoutAction", model.TIMEOUT_ACTIONS],
    ["NotificationChannel", model.NOTIFICATION_CHANNELS],
    ["NotificationStatus", NOTIFICATION_STATUSES],
    ["NotificationKind", NOTIFICATION_KINDS],
    ["ApprovalAction", model.APPROVAL_ACTIONS],
    ["ApprovalType", model.APPROVAL_TYPES],
    ["Decision", model.DECISIONS],
    ["DecisionSource", model.DECISION_SOURCES],
    ["ConditionOperator", model.CONDITION_OPERATORS],
    ["WorkflowRunStatus", RUN_STATUSES],
    ["WorkflowRunJobStatus", JOB_STATUSES],
    ["WorkflowRunJobWait", JOB_WAITS],
    ["WorkflowRunAttemptOutcome", ATTEMPT_OUTCOMES],
    ["WorkflowRunLogLevel", LOG_LEVELS.map((level) => level.toUpperCase())],
  ])("has the model's values in %s", (name, values) => {
    const names = (schema.getType(name) as GraphQLEnumType).getValues().map((value) => value.name);
    expect(names.sort()).toEqual([...values].sort());
  });

  it("answers every mutation with a payload of its name or an error", () => {
    for (const [name, field] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
      const type = schema.getType(String(field.type).replaceAll("!", ""));
      if (!isUnionType(type)) throw new Error(`${name} gives no union`);
      const [payloads, errors] = [/Payload$/, /Error$/].map((form) =>
        type.getTypes().filter((member) => form.test(member.name)),
      );
      expect(payloads?.map(String)).toEqual([`${name[0]?.toUpperCase()}${name.slice(1)}Payload`]);
      expect(errors?.length).toBe(type.getTypes().length - 1);
      for (const error of errors ?? []) expect(error.getInterfaces().map(String)).toEqual(["Error"]);
      expect(field.args.map((arg) => arg.name)).toEqual(["input"]);
    }
  });
});
