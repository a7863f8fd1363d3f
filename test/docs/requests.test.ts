/** Holds docs/requests.md together with the fields and the limits of a request, on every surface that takes one. */

import { readFileSync } from "node:fs";
import { type GraphQLInputObjectType, isInputObjectType } from "graphql";
import { expect, it } from "vitest";
import { JOB_CONFIG_FIELDS } from "../../src/approvals/approval-job.ts";
import { MAX_CONDITIONS, MAX_LIST, MAX_NAME, MAX_TEXT, MAX_TITLE } from "../../src/approvals/validation.ts";
import { OWN_FIELDS } from "../../src/handler/request-approval.ts";
import {
  APPROVAL_TYPES,
  NOTIFICATION_CHANNELS,
  REQUEST_INPUT_FIELDS,
  TIMEOUT_ACTIONS,
} from "../../src/model/approvals.ts";
import { MAX_DURATION_MS } from "../../src/model/durations.ts";
import { schema } from "../../src/schema/index.ts";
import { coded, docPage } from "../support/docs/doc-page.ts";

const page = docPage("requests.md");
const SECTIONS = [
  "What is asked",
  "Who decides",
  "How people are notified",
  "When it expires",
  "Approval without people",
  "The key",
  "Only in jobs",
];
/** By field: its type, default, limit and meaning. */
const rows = new Map(
  SECTIONS.flatMap((section) => page.rows(section)).map(([field = "", ...cells]) => [coded(field)[0], cells]),
);
const cell = (field: string, at: number): string => rows.get(field)?.[at] ?? "";
const fieldsOf = (name: string): string[] => {
  const type = schema.getType(name);
  expect(isInputObjectType(type)).toBe(true);
  return Object.keys((type as GraphQLInputObjectType).getFields());
};

it("docs/requests.md has a row for every field of a request, and no other row", () => {
  const graphql = [...fieldsOf("CreateApprovalRequestInput"), ...fieldsOf("ApprovalJobConfigInput")];
  const fields = new Set([...JOB_CONFIG_FIELDS, ...REQUEST_INPUT_FIELDS, ...OWN_FIELDS, ...graphql]);
  expect([...rows.keys()].filter((name) => name !== "metadata.risk").toSorted()).toEqual([...fields].toSorted());
});

it("the fields of a job and of a request in the code are those of GraphQL", () => {
  expect(fieldsOf("ApprovalJobConfigInput").toSorted()).toEqual([...JOB_CONFIG_FIELDS].toSorted());
  expect(fieldsOf("CreateApprovalRequestInput").toSorted()).toEqual([...REQUEST_INPUT_FIELDS].toSorted());
});

it("docs/requests.md has an example of every field that a program can set", () => {
  const text = readFileSync(new URL("../../docs/requests.md", import.meta.url), "utf8");
  const examples = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code).join("\n");
  const ofPrograms = [...JOB_CONFIG_FIELDS, ...OWN_FIELDS];
  expect(ofPrograms.filter((field) => !new RegExp(`\\b${field}: `).test(examples))).toEqual([]);
});

it.each([
  ["title", MAX_TITLE],
  ["description", MAX_TEXT],
  ["allowedApprovers", MAX_LIST],
  ["approvers", MAX_LIST],
  ["notifyUsers", MAX_LIST],
  ["notifyRoles", MAX_LIST],
  ["escalateToUsers", MAX_LIST],
  ["requireMinApprovers", MAX_LIST],
  ["timeoutMs", MAX_DURATION_MS],
  ["autoApproveConditions", MAX_CONDITIONS],
  ["workflowId", MAX_NAME],
  ["jobId", MAX_NAME],
  ["executionId", MAX_NAME],
  ["checkpointName", MAX_NAME],
])("the limit of %s in docs/requests.md is %d, as in the code", (field, limit) => {
  expect(cell(field, 2)).toMatch(new RegExp(`(^|\\D)${limit.toLocaleString("en")}(\\D|$)`));
});

it.each([
  ["timeoutAction", TIMEOUT_ACTIONS],
  ["approvalType", APPROVAL_TYPES],
  ["notifyChannels", NOTIFICATION_CHANNELS],
])("docs/requests.md lists every value of %s", (field, values) => {
  expect(coded(cell(field, 0)).toSorted()).toEqual(values.map((value) => value.toLowerCase()).toSorted());
});
