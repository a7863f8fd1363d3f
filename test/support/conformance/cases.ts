/**
 * The rights of every viewer on every request, as docs/rules.md states them. Data alone: nothing here is computed by
 * the program that it is compared with.
 */

export type Right =
  | "see"
  | "comment"
  | "decide"
  | "cancel"
  | "escalate"
  | "extend"
  | "conditions"
  | "detail"
  | "run detail";

const LETTERS: Record<string, Right> = {
  s: "see",
  t: "comment",
  d: "decide",
  c: "cancel",
  e: "escalate",
  x: "extend",
  u: "conditions",
  a: "detail",
  r: "run detail",
};

/** A token's user, roles and scopes. */
export interface CaseViewer {
  userId: string;
  roles?: readonly string[];
  scope?: string;
}

const REQUEST = "approvals:request";
const READ = "approvals:read";
const ADMIN = "approvals:admin";

/** Every kind of viewer with a token. The ids are those that the policies below name. */
export const VIEWERS = {
  requester: { userId: "rita" },
  creator: { userId: "orchestra", scope: REQUEST },
  "creator without scope": { userId: "orchestra" },
  "other orchestrator": { userId: "conductor", scope: REQUEST },
  notified: { userId: "nina" },
  "allowed approver": { userId: "alva" },
  "id in other case": { userId: "Alva" },
  "role member": { userId: "rolf", roles: ["ops"] },
  "other role": { userId: "sam", roles: ["Ops", "sales"] },
  "scope as role": { userId: "sly", roles: [ADMIN, READ] },
  "escalation user": { userId: "esther" },
  stranger: { userId: "mallory" },
  auditor: { userId: "audrey", scope: READ },
  "notified auditor": { userId: "nina", scope: READ },
  admin: { userId: "adam", scope: ADMIN },
  "admin who asked": { userId: "rita", scope: ADMIN },
  "admin who created": { userId: "orchestra", scope: ADMIN },
  "admin approver": { userId: "alva", scope: `${READ} ${ADMIN}` },
} as const satisfies Record<string, CaseViewer>;
export type ViewerName = keyof typeof VIEWERS;

export interface CasePolicy {
  /** The input besides the key and the title. */
  input: Record<string, unknown>;
  /** Whose token creates it. */
  creator: ViewerName;
  escalated?: true;
}

const byOrchestra = { creator: "creator" } as const;
const asked = { requestedBy: "rita", escalateToUsers: ["esther"] };
const listed = { ...asked, allowedApprovers: ["alva", "rita"], notifyUsers: ["nina"], notifyRoles: ["ops"] };

/** Requests, open and with time left. */
export const POLICIES = {
  /** Approvers are listed, the requester among them; others are notified. */
  listed: { ...byOrchestra, input: listed },
  /** The same, handed to the escalation user as well. */
  escalated: { ...byOrchestra, input: listed, escalated: true },
  /** The notified people decide, except the requester. */
  told: { ...byOrchestra, input: { ...asked, notifyUsers: ["nina", "rita", "orchestra"], notifyRoles: ["ops"] } },
  /** The holders of a role decide. */
  roles: { ...byOrchestra, input: { ...asked, notifyRoles: ["ops"] } },
  /** Requester and creator are let decide. */
  self: {
    ...byOrchestra,
    input: { ...asked, allowedApprovers: ["alva", "rita", "orchestra"], allowSelfApproval: true },
  },
  /** Created by a user for themselves. */
  own: { creator: "requester", input: { escalateToUsers: ["esther"], notifyUsers: ["nina"] } },
} as const satisfies Record<string, CasePolicy>;
export type PolicyName = keyof typeof POLICIES;

// s see, t comment (talk), d decide, c cancel, e escalate, x extend, u update conditions, a audit detail, r what passes
// through the run that asked; - nothing
const TABLE = `
                      | listed     | escalated  | told       | roles      | self       | own
requester             | s t   ce   | s t   ce   | s t   ce   | s t   ce   | s t d ce   | s t   ce
creator               | s t  cex r | s t  cex r | s t  cex r | s t  cex r | s t dcex r | -
creator without scope | -          | -          | s t        | -          | s t d      | -
other orchestrator    | -          | -          | -          | -          | -          | -
notified              | s t        | s t        | s t d      | -          | -          | s t d
allowed approver      | s t d      | s t d      | -          | -          | s t d      | -
id in other case      | -          | -          | -          | -          | -          | -
role member           | s t        | s t        | s t d      | s t d      | -          | -
other role            | -          | -          | -          | -          | -          | -
scope as role         | -          | -          | -          | -          | -          | -
escalation user       | -          | s t d      | -          | -          | -          | -
stranger              | -          | -          | -          | -          | -          | -
auditor               | s a r      | s a r      | s a r      | s a r      | s a r      | s a r
notified auditor      | s t a r    | s t a r    | s t d a r  | s a r      | s a r      | s t d a r
admin                 | stcexuar   | stcexuar   | stcexuar   | stcexuar   | stcexuar   | stcexuar
admin who asked       | stcexar    | stcexar    | stcexar    | stcexar    | std cexa r | stcexar
admin who created     | stcexar    | stcexar    | stcexar    | stcexar    | std cexa r | stcexuar
admin approver        | stdcexuar  | stdcexuar  | stcexuar   | stcexuar   | stdcexuar  | stcexuar
`;

/** Whether this viewer has this right on a request with this policy. */
export function has(right: Right, viewer: ViewerName, policy: PolicyName): boolean {
  return rights.get(`${viewer}|${policy}`)?.has(right) ?? fail(`the table has no row for ${viewer} and ${policy}`);
}

/** The policies on whose requests this viewer has this right. */
export const policiesWith = (right: Right, viewer: ViewerName): PolicyName[] =>
  policyNames.filter((policy) => has(right, viewer, policy));

export const policyNames = Object.keys(POLICIES) as PolicyName[];
export const viewerNames = Object.keys(VIEWERS) as ViewerName[];

/** The viewers with each right that does not depend on a request. */
export const GENERAL: Record<string, readonly ViewerName[]> = {
  "figures over everything": seeingEverything(),
  "figures on who decided": seeingEverything(),
  "another's summary": seeingEverything(),
  "another's inbox": administrators(),
  "see webhook endpoints": seeingEverything(),
  "enable webhook endpoints": administrators(),
  "see everyone's messages": seeingEverything(),
  "send messages again": administrators(),
  "create on behalf of others": trustedToAsk(),
  "create what weakens the gate": trustedToAsk(),
  "see a workflow": [...trustedToAsk(), "role member", "auditor", "notified auditor"],
  "see schedules": [...trustedToAsk(), "auditor", "notified auditor"],
  "register a workflow": trustedToAsk(),
  "start a workflow": [...trustedToAsk(), "role member"],
  "steer a run": [...administrators(), "creator", "creator without scope", "role member"],
};

function administrators(): ViewerName[] {
  return ["admin", "admin who asked", "admin who created", "admin approver"];
}

function seeingEverything(): ViewerName[] {
  return ["auditor", "notified auditor", ...administrators()];
}

function trustedToAsk(): ViewerName[] {
  return ["creator", "other orchestrator", ...administrators()];
}

const rights = read(TABLE);

function read(table: string): Map<string, ReadonlySet<Right>> {
  const [head = [], ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const columns = head.filter((name) => name !== "");
  return new Map(
    rows.flatMap(([viewer, ...cells]) =>
      cells.map((cell, index) => {
        const letters = cell.replaceAll(/[\s-]/g, "");
        const held = [...letters].map((letter) => LETTERS[letter] ?? fail(`the table holds ${letter}`));
        return [`${viewer}|${columns[index]}`, new Set(held)] as const;
      }),
    ),
  );
}

function fail(message: string): never {
  throw new Error(message);
}
