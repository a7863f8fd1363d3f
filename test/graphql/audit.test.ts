/** Tests the audit log over GraphQL: its rows, filters and pages. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, inputOf, reader } from "../support/approvals/requests.ts";
import { type Api, type Data, startApi } from "../support/graphql/graphql.ts";

let api: Api;
let id: string;
let other: string;
beforeAll(async () => {
  api = await startApi();
  const create = async (more: object): Promise<string> =>
    (await api.as("ann").data("Create", { input: inputOf(more) })).createApprovalRequest.request.id;
  id = await create({ title: "Logged", notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
  await api.as("bob").data("Approve", { input: { requestId: id, comment: "ok", reason: "tested" } });
  await api.as("cleo").data("Comment", { input: { requestId: id, body: "hm" } });
  await api.as("cleo").data("Reject", { input: { requestId: id } });
  other = await create({ notifyUsers: ["zoe"] });
});
afterAll(() => api.close());

const log = async (who: Parameters<Api["as"]>[0], variables: object = {}): Promise<Data> =>
  (await api.as(who).data("AuditLog", variables)).approvalAuditLog;
const actions = ({ edges }: Data): string[] => edges.map((edge: Data) => edge.node.action);

describe("the audit log", () => {
  it("has the actor, the action and the request of each row, newest first", async () => {
    const { edges } = await log("ann", { filter: { requestId: id } });
    expect(edges.map((edge: Data) => edge.node)).toMatchObject([
      {
        action: "REJECTED",
        userId: "cleo",
        oldStatus: "PENDING",
        newStatus: "REJECTED",
        request: { id, title: "Logged" },
      },
      { action: "COMMENTED", userId: "cleo", oldStatus: "PENDING", newStatus: "PENDING", comment: "hm" },
      {
        action: "APPROVED",
        userId: "bob",
        userEmail: "bob@example.org",
        comment: "ok",
        metadata: { reason: "tested" },
      },
      { action: "CREATED", userId: "ann", oldStatus: null, newStatus: "PENDING", comment: null },
    ]);
  });

  it("shows the source address only to viewers who see everything", async () => {
    const details = async (who: Parameters<Api["as"]>[0]) => {
      const { edges } = await log(who, { first: 1, filter: { requestId: id } });
      return [edges[0].node.ipAddress, edges[0].node.userAgent];
    };
    for (const who of [admin, reader]) expect(await details(who)).toEqual(["192.0.2.7", "tests/1.0"]);
    for (const who of ["ann", "bob"]) expect(await details(who)).toEqual([null, null]);
  });

  it("lists only rows of requests that the viewer may see", async () => {
    expect(actions(await log("zoe"))).toEqual(["CREATED"]);
    expect(actions(await log("mallory"))).toEqual([]);
    expect(actions(await log(reader))).toHaveLength(5);
  });

  it.each([
    [{ userId: "cleo" }, ["REJECTED", "COMMENTED"]],
    [{ actions: ["CREATED", "APPROVED"] }, ["CREATED", "APPROVED", "CREATED"]],
    [{ actions: ["APPROVED"], userId: "cleo" }, []],
    [{ createdAfter: "2100-01-01T00:00:00Z" }, []],
    [{ createdBefore: "2000-01-01T00:00:00Z" }, []],
    [{ requestId: "nonsense" }, []],
    [{ requestId: "a\0" }, null],
  ])("filters by %j", async (filter, expected) => {
    const { data, errors } = await api.as("ann").run("AuditLog", { filter });
    if (expected === null) expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
    else expect(actions(data?.approvalAuditLog)).toEqual(expected);
  });

  it("is paged without gaps or repeats", async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { edges, pageInfo }: Data = await log("ann", { first: 2, after });
      seen.push(...edges.map((edge: Data) => edge.node.id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    const whole = await log("ann");
    expect(seen).toEqual(whole.edges.map((edge: Data) => edge.node.id));
    expect(seen).toHaveLength(5);
  });

  it("is also a field of its request", async () => {
    const source = `query ($id: ID!) { approvalRequest(id: $id) { auditLog { edges { cursor node { id } } } } }`;
    const { data } = await api.as("zoe").send(source, JSON.stringify({ id: other }));
    const whole = await log("zoe");
    expect(data?.approvalRequest.auditLog.edges.map((edge: Data) => edge.node.id)).toEqual(
      whole.edges.map((edge: Data) => edge.node.id),
    );
  });
});
