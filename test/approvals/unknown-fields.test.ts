/** Unknown fields of a request and of a job's configuration are refused by name, with a suggestion. */

import { expect, it } from "vitest";
import { checkJobConfig } from "../../src/approvals/job-config.ts";
import { BUILT_IN_DEFAULTS, checkRequestInput } from "../../src/approvals/validation.ts";
import type { ApprovalRequestInput } from "../../src/model/approvals.ts";

const CONFIG = { title: "Deploy?", notifyUsers: ["bob"] };

it.each([
  ["timoutMs", "timeoutMs"],
  ["timeout", "timeoutMs"],
  ["approvers", "allowedApprovers"],
  ["min_approvers", "requireMinApprovers"],
  ["channels", "notifyChannels"],
  ["autoApproveCondition", "autoApproveConditions"],
])("a job's configuration with the unknown field %s is refused and suggests %s", (field, closest) => {
  expect(checkJobConfig({ ...CONFIG, [field]: 1 })).toEqual([
    { path: field, message: `is not a known field; did you mean ${closest}?` },
  ]);
});

it("a field of the configuration that its conditions use is known", () => {
  const autoApproveConditions = [{ field: "config.environment", operator: "==", value: "staging" }];
  const config = { ...CONFIG, approvalType: "conditional", autoApproveConditions, environment: "staging" };
  expect(checkJobConfig(config)).toEqual([]);
  expect(checkJobConfig({ ...config, enviroment: "staging" })).toEqual([
    { path: "enviroment", message: "is not a known field; did you mean environment?" },
  ]);
});

it("an input with an unknown field is refused, because it would otherwise be ignored", () => {
  const input = { workflowId: "w", jobId: "j", executionId: "e", ...CONFIG, timoutMs: 1 };
  expect(checkRequestInput(input as ApprovalRequestInput, "ann", BUILT_IN_DEFAULTS)).toEqual([
    { path: "timoutMs", message: "is not a known field; did you mean timeoutMs?" },
  ]);
});
