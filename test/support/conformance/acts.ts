/** The surfaces that change a request, and their answers. */

import { type Asker, TopLevel } from "./asker.ts";
import type { Right } from "./cases.ts";

/** `done`, or the code of the error. */
export type Answer = string;

export interface Act {
  name: string;
  /** The root field or route that it is about. */
  covers: string;
  right: Right;
  act(asker: Asker, id: string): Promise<Answer>;
}

export interface Command {
  right: Right;
  mutation: string;
  /** Method and the end of the address. */
  route: [method: "POST" | "PUT", verb: string];
  input: () => object;
}

const inTwoDays = () => new Date(Date.now() + 2 * 86_400_000).toISOString();
const NEVER = [{ field: "metadata.none", operator: "EQ", value: 1 }];

const COMMANDS: readonly Command[] = [
  { right: "decide", mutation: "approveRequest", route: ["POST", "approve"], input: () => ({}) },
  { right: "decide", mutation: "rejectRequest", route: ["POST", "reject"], input: () => ({}) },
  { right: "comment", mutation: "addApprovalComment", route: ["POST", "comments"], input: () => ({ body: "Why?" }) },
  { right: "cancel", mutation: "cancelApprovalRequest", route: ["POST", "cancel"], input: () => ({}) },
  { right: "escalate", mutation: "escalateApprovalRequest", route: ["POST", "escalate"], input: () => ({}) },
  {
    right: "extend",
    mutation: "extendApprovalRequest",
    route: ["POST", "extend"],
    input: () => ({ expiresAt: inTwoDays() }),
  },
  {
    right: "conditions",
    mutation: "updateAutoApproveConditions",
    route: ["PUT", "conditions"],
    input: () => ({ conditions: NEVER }),
  },
];

export const ACTS: readonly Act[] = COMMANDS.flatMap(({ right, mutation, route: [method, verb], input }): Act[] => [
  {
    name: mutation,
    covers: `Mutation.${mutation}`,
    right,
    act: (asker, id) => mutate(asker, mutation, { requestId: id, ...input() }),
  },
  {
    name: `${verb} by REST`,
    covers: `${method} /api/approvals/{id}/${verb}`,
    right,
    act: (asker, id) => rest(asker, method, `/approvals/${id}/${verb}`, input()),
  },
]);

/** Asking for approval, on both surfaces. */
export const CREATIONS: readonly { covers: string; create(asker: Asker, input: object): Promise<Answer> }[] = [
  { covers: "Mutation.createApprovalRequest", create: (asker, input) => mutate(asker, "createApprovalRequest", input) },
  {
    covers: "POST /api/approvals",
    async create(asker, input) {
      const { status, body } = await asker.rest("POST", "/approvals", input);
      return status < 300 ? "done" : body.code;
    },
  },
];

/** Questions that are not about single requests. They answer a number, or the code of an error. */
export const FIGURES: readonly { covers: string; about: string; ask(asker: Asker): Promise<number | string> }[] = [
  {
    covers: "Query.approvalStatistics",
    about: "figures over everything",
    ask: async (asker) => (await asker.graphql("{ approvalStatistics { total } }")).approvalStatistics.total,
  },
  {
    covers: "GET /api/approvals/statistics",
    about: "figures over everything",
    ask: async (asker) => (await asker.rest("GET", "/approvals/statistics")).body.total,
  },
  ...["OverTime", "ByWorkflow"].map((kind) => ({
    covers: `Query.approvalStatistics${kind}`,
    about: "figures over everything",
    ask: async (asker: Asker) =>
      sumOf((await asker.graphql(`{ answer: approvalStatistics${kind} { statistics { total } } }`)).answer),
  })),
  ...["over-time", "by-workflow"].map((kind) => ({
    covers: `GET /api/approvals/statistics/${kind}`,
    about: "figures over everything",
    ask: async (asker: Asker) => sumOf((await asker.rest("GET", `/approvals/statistics/${kind}`)).body.items),
  })),
  {
    covers: "Query.approvalStatisticsByApprover",
    about: "figures on who decided",
    ask: async (asker) =>
      (await asker.graphql("{ approvalStatisticsByApprover { total } }")).approvalStatisticsByApprover.length,
  },
  {
    covers: "GET /api/approvals/statistics/by-approver",
    about: "figures on who decided",
    ask: async (asker) => (await asker.rest("GET", "/approvals/statistics/by-approver")).body.items.length,
  },
  {
    covers: "Query.userApprovalSummary",
    about: "another's summary",
    ask: (asker) =>
      orCode(async () => {
        const { userApprovalSummary } = await asker.graphql(
          '{ userApprovalSummary(userId: "esther") { pendingCount } }',
        );
        return userApprovalSummary.pendingCount;
      }),
  },
  {
    covers: "GET /api/approvals/summary",
    about: "another's summary",
    async ask(asker) {
      const { body } = await asker.rest("GET", "/approvals/summary?userId=esther");
      return body.code ?? body.pendingCount;
    },
  },
  {
    covers: "Query.pendingApprovals",
    about: "another's inbox",
    ask: (asker) =>
      orCode(
        async () =>
          (await asker.graphql('{ pendingApprovals(userId: "esther") { totalCount } }')).pendingApprovals.totalCount,
      ),
  },
  {
    covers: "GET /api/approvals/pending",
    about: "another's inbox",
    async ask(asker) {
      const { body } = await asker.rest("GET", "/approvals/pending?userId=esther");
      return body.code ?? body.items.length;
    },
  },
];

const sumOf = (groups: { statistics: { total: number } }[]): number =>
  groups.reduce((sum, { statistics }) => sum + statistics.total, 0);

export async function mutate(asker: Asker, mutation: string, input: object): Promise<Answer> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { answer } = await asker.graphql(
    `mutation ($input: ${type}!) { answer: ${mutation}(input: $input) { __typename ... on Error { code } } }`,
    { input },
  );
  return answer.code ?? "done";
}

export async function rest(asker: Asker, method: string, path: string, given?: object): Promise<Answer> {
  const { status, body } = await asker.rest(method, path, given);
  return status < 300 ? "done" : body.code;
}

export async function orCode<T>(ask: () => Promise<T>): Promise<T | string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof TopLevel) return error.code;
    throw error;
  }
}
