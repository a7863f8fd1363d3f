/** The surfaces that read requests, and which of the requests they show to a viewer. */

import type { Data } from "../graphql/graphql.ts";
import { type Asker, Refused, type RestAnswer, TopLevel, type Transport } from "./asker.ts";
import { type PolicyName, policyNames, type Right } from "./cases.ts";

/** The requests that are asked for, one for each policy, with something said about each. */
export interface Samples {
  ids: Record<PolicyName, string>;
  comments: Record<PolicyName, string>;
  events: Record<PolicyName, string>;
  /** A cancelled request that everyone sees, made after the others. */
  sentinel: string;
  /** A cursor of the log before all of them. */
  before: string | null;
  workflowId: string;
}

export interface Reading {
  name: string;
  /** The root field or route that it is about. */
  covers: string;
  /** Whose requests it shows. */
  right: Right;
  /** The policies whose requests were shown, or how many those were. */
  ask(asker: Asker, shown: Samples): Promise<PolicyName[] | number>;
}

const each = async (test: (policy: PolicyName) => Promise<boolean>): Promise<PolicyName[]> => {
  const held = await Promise.all(policyNames.map(test));
  return policyNames.filter((_policy, index) => held[index]);
};

/** One field for each policy, under the policy's name. */
const aliased = (field: (policy: PolicyName) => string) =>
  `{ ${policyNames.map((policy) => `${policy}: ${field(policy)}`).join("\n")} }`;

/** The policies of ids; an unknown id fails. */
export function policiesOf(ids: Iterable<string>, { ids: own, sentinel }: Samples): PolicyName[] {
  const found = new Set(ids);
  found.delete(sentinel);
  const policies = policyNames.filter((policy) => found.delete(own[policy]));
  if (found.size > 0) throw new Error(`shows requests of nobody: ${[...found]}`);
  return policies;
}

const nodesOf = (connection: Data): Data[] => connection.edges.map(({ node }: Data) => node);

/** The result of a GET: true for 200, false for 404. */
function isFound({ status, body }: RestAnswer): boolean {
  if (status === 200) return true;
  if (status === 404 && body.code === "NOT_FOUND") return false;
  throw new Error(`answered ${status} ${JSON.stringify(body)}`);
}

const one = (
  name: string,
  right: Right,
  covers: string,
  field: (id: string) => string,
  holds: (found: Data) => boolean,
  idsOf: (shown: Samples) => Record<PolicyName, string> = ({ ids }) => ids,
): Reading => ({
  name,
  right,
  covers,
  async ask(asker, shown) {
    const data = await asker.graphql(aliased((policy) => field(idsOf(shown)[policy])));
    return policyNames.filter((policy) => data[policy] !== null && holds(data[policy]));
  },
});

const LOG = "edges { node { ipAddress userAgent request { id } } }";
const hasDetail = ({ ipAddress, userAgent }: Data) => ipAddress !== null || userAgent !== null;

const queries: Reading[] = [
  one(
    "one request",
    "see",
    "Query.approvalRequest",
    (id) => `approvalRequest(id: "${id}") { id }`,
    () => true,
  ),
  one(
    "canApprove",
    "decide",
    "Query.approvalRequest",
    (id) => `approvalRequest(id: "${id}") { canApprove }`,
    (found) => found.canApprove,
  ),
  one(
    "the comments of a request",
    "see",
    "Query.approvalRequest",
    (id) => `approvalRequest(id: "${id}") { comments { body } }`,
    (found) => found.comments.length > 0,
  ),
  one(
    "the log of a request",
    "see",
    "Query.approvalRequest",
    (id) => `approvalRequest(id: "${id}") { auditLog { ${LOG} } }`,
    (found) => found.auditLog.edges.length > 0,
  ),
  one(
    "detail in the log of a request",
    "detail",
    "Query.approvalRequest",
    (id) => `approvalRequest(id: "${id}") { auditLog { ${LOG} } }`,
    (found) => nodesOf(found.auditLog).some(hasDetail),
  ),
  one(
    "a request as a node",
    "see",
    "Query.node",
    (id) => `node(id: "${id}") { id }`,
    () => true,
  ),
  one(
    "a comment as a node",
    "see",
    "Query.node",
    (id) => `node(id: "${id}") { id }`,
    () => true,
    ({ comments }) => comments,
  ),
  one(
    "an event as a node",
    "see",
    "Query.node",
    (id) => `node(id: "${id}") { id }`,
    () => true,
    ({ events }) => events,
  ),
  one(
    "detail of an event as a node",
    "detail",
    "Query.node",
    (id) => `node(id: "${id}") { ... on AuditLogEntry { ipAddress userAgent } }`,
    hasDetail,
    ({ events }) => events,
  ),
  ...(["ids", "comments", "events"] as const).map(
    (kind): Reading => ({
      name: `${kind} among nodes`,
      right: "see",
      covers: "Query.nodes",
      async ask(asker, shown) {
        const ids = policyNames.map((policy) => shown[kind][policy]);
        const { nodes } = await asker.graphql("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
        return policyNames.filter((_policy, index) => nodes[index] !== null);
      },
    }),
  ),
  {
    name: "the list",
    right: "see",
    covers: "Query.approvalRequests",
    async ask(asker, shown) {
      const { approvalRequests } = await asker.graphql(
        `query ($workflowId: String) {
          approvalRequests(filter: { workflowId: $workflowId }) { totalCount edges { node { id } } }
        }`,
        { workflowId: shown.workflowId },
      );
      const found = nodesOf(approvalRequests);
      if (found.length !== approvalRequests.totalCount) throw new Error("the count and the list differ");
      return policiesOf(
        found.map(({ id }) => id),
        shown,
      );
    },
  },
  {
    name: "the inbox",
    right: "decide",
    covers: "Query.pendingApprovals",
    async ask(asker, shown) {
      const { pendingApprovals } = await asker.graphql("{ pendingApprovals { totalCount edges { node { id } } } }");
      const found = nodesOf(pendingApprovals);
      if (found.length !== pendingApprovals.totalCount) throw new Error("the count and the list differ");
      return policiesOf(
        found.map(({ id }) => id),
        shown,
      );
    },
  },
  ...(["see", "detail"] as const).map(
    (right): Reading => ({
      name: right === "see" ? "the log" : "detail in the log",
      right,
      covers: "Query.approvalAuditLog",
      async ask(asker, shown) {
        const { approvalAuditLog } = await asker.graphql(`{ approvalAuditLog(first: 100) { ${LOG} } }`);
        const rows = nodesOf(approvalAuditLog).filter((row) => right === "see" || hasDetail(row));
        return policiesOf(
          rows.map(({ request }) => request.id),
          shown,
        );
      },
    }),
  ),
  {
    name: "the viewer's count",
    right: "decide",
    covers: "Query.viewer",
    ask: async (asker) => (await asker.graphql("{ viewer { pendingCount } }")).viewer.pendingCount,
  },
  {
    name: "the viewer's summary",
    right: "decide",
    covers: "Query.userApprovalSummary",
    ask: async (asker) =>
      (await asker.graphql("{ userApprovalSummary { pendingCount } }")).userApprovalSummary.pendingCount,
  },
];

const streams: Reading[] = (["WebSocket", "SSE"] as const).flatMap((transport: Transport): Reading[] => [
  {
    name: "the request, live",
    right: "see",
    covers: `Subscription.approvalRequestUpdated over ${transport}`,
    ask: (asker, { ids }) =>
      each(async (policy) => {
        const query = "subscription ($id: ID!) { approvalRequestUpdated(id: $id) { id } }";
        try {
          for await (const { approvalRequestUpdated } of asker.follow(transport, query, { id: ids[policy] })) {
            return approvalRequestUpdated.id === ids[policy];
          }
        } catch (error) {
          if (!(error instanceof TopLevel && error.code === "NOT_FOUND")) throw error;
          return false;
        }
        throw new Error("the stream ended without a word");
      }),
  },
  {
    name: "the log, live",
    right: "see",
    covers: `Subscription.approvalEvents over ${transport}`,
    async ask(asker, shown) {
      const query = "subscription ($after: String) { approvalEvents(after: $after) { request { id } } }";
      const found: string[] = [];
      for await (const { approvalEvents } of asker.follow(transport, query, { after: shown.before })) {
        found.push(approvalEvents.request.id);
        if (approvalEvents.request.id === shown.sentinel) return policiesOf(found, shown);
      }
      throw new Error("the stream ended before the last event");
    },
  },
]);

const path = (policy: PolicyName, { ids }: Samples, more = "") => `/approvals/${ids[policy]}${more}`;
const route = (address: string) => `GET /api/approvals${address}`;

const restOne = (
  name: string,
  right: Right,
  address: string,
  more: string,
  holds: (body: Data) => boolean = () => true,
): Reading => ({
  name: `${name} by REST`,
  right,
  covers: route(address),
  ask: (asker, shown) =>
    each(async (policy) => {
      const answer = await asker.rest("GET", path(policy, shown, more));
      return isFound(answer) && holds(answer.body);
    }),
});

const restList = (
  name: string,
  right: Right,
  address: string,
  query: (shown: Samples) => string,
  idOf: (item: Data) => string | null,
): Reading => ({
  name: `${name} by REST`,
  right,
  covers: route(address),
  async ask(asker, shown) {
    const { body } = await asker.rest("GET", `/approvals${address}${query(shown)}`);
    return policiesOf(
      body.items.map(idOf).filter((id: string | null) => id !== null),
      shown,
    );
  },
});

const rest: Reading[] = [
  restOne("one request", "see", "/{id}", ""),
  restOne("canApprove", "decide", "/{id}", "", (body) => body.canApprove),
  restOne("the long poll", "see", "/{id} (wait)", "?wait=60&afterVersion=0"),
  restOne("the comments", "see", "/{id}/comments", "/comments"),
  restOne("the conditions", "see", "/{id}/conditions", "/conditions"),
  restOne("the log of a request", "see", "/{id}/audit-log", "/audit-log"),
  restOne("detail in the log of a request", "detail", "/{id}/audit-log", "/audit-log", ({ items }) =>
    items.some(hasDetail),
  ),
  restList(
    "the list",
    "see",
    "",
    ({ workflowId }) => `?workflowId=${workflowId}`,
    ({ id }) => id,
  ),
  restList(
    "the inbox",
    "decide",
    "/pending",
    () => "",
    ({ id }) => id,
  ),
  restList(
    "the log",
    "see",
    "/audit-log",
    () => "?first=100",
    ({ request }) => request.id,
  ),
  restList(
    "detail in the log",
    "detail",
    "/audit-log",
    () => "?first=100",
    (row) => (hasDetail(row) ? row.request.id : null),
  ),
  {
    name: "the viewer's summary by REST",
    right: "decide",
    covers: route("/summary"),
    ask: async (asker) => (await asker.rest("GET", "/approvals/summary")).body.pendingCount,
  },
  {
    name: "the viewer's count by REST",
    right: "decide",
    covers: "GET /api/viewer",
    ask: async (asker) => (await asker.rest("GET", "/viewer")).body.pendingCount,
  },
];

export const READINGS: readonly Reading[] = [...queries, ...streams, ...rest];

/** Whether asking fails for want of a token. */
export async function isRefused(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return false;
  } catch (error) {
    if (error instanceof Refused) return true;
    throw error;
  }
}
