/** The texts about a request's policy as it was given. Pure. */

import { duration, type Locale } from "../shared/time.ts";

export interface GivenPolicy {
  approvalType: "MANUAL" | "AUTO" | "CONDITIONAL";
  allowedApprovers: readonly string[];
  notifyUsers: readonly string[];
  notifyRoles: readonly string[];
  requireMinApprovers: number;
  requireAllApprovers: boolean;
  approvalsRequired: number;
  timeoutMs: number;
  timeoutAction: "APPROVE" | "REJECT" | "ESCALATE";
  escalateToUsers: readonly string[];
  autoApproveConditions: readonly { field: string; operator: string; value?: unknown }[];
  allowSelfApproval: boolean;
}

const TYPES = {
  MANUAL: "People decide.",
  AUTO: "Approved automatically.",
  CONDITIONAL: "Approved automatically if all conditions are met; otherwise people decide.",
} as const;
const ACTIONS = {
  APPROVE: "It is approved automatically.",
  REJECT: "It expires without approval.",
  ESCALATE: "It is escalated.",
} as const;
const OPERATORS: Readonly<Record<string, string>> = {
  EQ: "=",
  NE: "≠",
  GT: ">",
  GTE: "≥",
  LT: "<",
  LTE: "≤",
  CONTAINS: "contains",
  STARTS_WITH: "starts with",
  ENDS_WITH: "ends with",
  IN: "is one of",
  NOT_IN: "is not one of",
};

/** The settings of the policy by name. Empty ones are omitted. */
export function givenPolicy(policy: GivenPolicy, locale?: Locale): [name: string, texts: readonly string[]][] {
  const conditions = policy.autoApproveConditions.map(
    ({ field, operator, value }) => `${field} ${OPERATORS[operator] ?? operator} ${JSON.stringify(value)}`,
  );
  const rows: [string, readonly string[]][] = [
    ["How it is approved", [TYPES[policy.approvalType]]],
    ["Conditions (all must be met)", policy.approvalType === "CONDITIONAL" ? conditions : []],
    ["Approvers", policy.allowedApprovers],
    ["Notified people", policy.notifyUsers],
    ["Notified roles", policy.notifyRoles],
    [
      "Approvals required",
      [policy.requireAllApprovers ? `${policy.approvalsRequired}: everyone named` : `${policy.requireMinApprovers}`],
    ],
    ["Time to decide", [duration(policy.timeoutMs, locale)]],
    ["When it expires", [ACTIONS[policy.timeoutAction]]],
    ["Escalated to", policy.escalateToUsers],
    ["The requester may approve", [policy.allowSelfApproval ? "Yes" : "No"]],
  ];
  return rows.filter(([, texts]) => texts.length > 0);
}
