/** A person who has voted by a role and has lost it still sees the request, on every surface, but may not decide it. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rowsVisibleTo } from "../support/db/persons.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";
import { type OpenStream, overSocket, overSse } from "../support/server/streams.ts";

const DECIDE = (verb: "approve" | "reject") => `mutation ($id: ID!) {
  decided: ${verb}Request(input: { requestId: $id }) {
    __typename
    ... on ${verb === "approve" ? "ApproveRequestPayload" : "RejectRequestPayload"} { request { status approvers } }
  }
}`;
const EVENTS = "subscription { approvalEvents { action userId request { id } } }";

let server: TestServer;
let bot: string;
const open: OpenStream[] = [];
beforeAll(async () => {
  server = await startServer();
  bot = await tokenFor("bot", { scope: "approvals:request" });
});
afterAll(async () => {
  for (const stream of open) stream.leave();
  await server.stop();
});

const issued = (userId: string, secondsAgo: number, roles?: string[]) =>
  tokenFor(userId, { roles, claims: { iat: Math.floor(Date.now() / 1000) - secondsAgo } });
const decide = async (token: string, id: string, verb: "approve" | "reject" = "approve"): Promise<Data> =>
  (await server.data(token, DECIDE(verb), { id })).decided;
const openStreams = (token: string, operation: { query: string; variables?: Record<string, unknown> }) =>
  [overSocket, overSse].map((transport) => {
    const stream = transport(server, token, operation);
    open.push(stream);
    return stream.messages;
  });

let people = 0;
/** A request with two votes, one of which no longer counts because its voter has lost the role. */
async function lostVote() {
  const [ivy, jon] = [`ivy-${++people}`, `jon-${people}`];
  const id = await server.ask(bot, { notifyUsers: [], notifyRoles: ["ops"], requireMinApprovers: 2 });
  await decide(await issued(ivy, 100, ["ops"]), id);
  const token = await issued(ivy, 50);
  await server.data(token, "{ viewer { userId } }");
  expect((await decide(await issued(jon, 10, ["ops"]), id)).request).toEqual({ status: "PENDING", approvers: [jon] });
  return { id, ivy, jon, token };
}

describe("a voter who lost the role", () => {
  test("sees the request, its votes and its log over GraphQL, also in lists and counts", async () => {
    const { id, ivy, jon, token } = await lostVote();
    const query = `query ($id: ID!) {
      approvalRequest(id: $id) { id canApprove approvers decisions { approver } comments { body } auditLog(first: 9) { edges { node { action } } } }
      approvalRequests { totalCount edges { node { id } } }
      approvalAuditLog(filter: { userId: "${ivy}" }) { edges { node { action request { id } } } }
      pendingApprovals { totalCount }
    }`;
    const seen = await server.data(token, query, { id });
    expect(seen).toMatchObject({
      approvalRequest: { id, canApprove: false, approvers: [jon], decisions: [{ approver: ivy }, { approver: jon }] },
      approvalRequests: { totalCount: 1, edges: [{ node: { id } }] },
      approvalAuditLog: { edges: [{ node: { action: "APPROVED", request: { id } } }] },
      pendingApprovals: { totalCount: 0 },
    });
    expect(seen.approvalRequest.auditLog.edges.length).toBeGreaterThan(2);
    const other = await issued(ivy.toUpperCase(), 10);
    expect(await server.data(other, query, { id })).toMatchObject({
      approvalRequest: null,
      approvalRequests: { totalCount: 0, edges: [] },
    });
  });

  test("sees it over REST, and may comment on it", async () => {
    const { id, ivy, token } = await lostVote();
    const rest = restClient(server, token);
    expect(await rest.get(`/approvals/${id}`)).toMatchObject({ status: 200, body: { id } });
    expect((await rest.get("/approvals")).body.items).toMatchObject([{ id }]);
    expect((await rest.post(`/approvals/${id}/comments`, { body: "Ask jon." })).status).toBe(201);
    expect((await rest.get(`/approvals/${id}/comments`)).body.items).toMatchObject([{ author: ivy, body: "Ask jon." }]);
    const log = await rest.get(`/approvals/${id}/audit-log`);
    expect(log.body.items.map(({ action }: Data) => action)).toContain("COMMENTED");
  });

  test("may not decide it, and a repeat of the vote changes nothing", async () => {
    const { id, jon, token } = await lostVote();
    expect(await decide(token, id)).toMatchObject({ request: { status: "PENDING", approvers: [jon] } });
    expect((await decide(token, id, "reject")).__typename).toBe("ForbiddenError");
  });

  test("receives every later version and event, also over streams that were open while the role was lost", async () => {
    const [ivy, jon] = ["ivy-open", "jon-open"];
    const id = await server.ask(bot, { notifyUsers: [], notifyRoles: ["ops"], requireMinApprovers: 2 });
    await decide(await issued(ivy, 100, ["ops"]), id);
    // A stream of a token that names the role ends with the role. This one never named it.
    const token = await issued(ivy, 90);
    const before = server.app.services.hub.stats().topicSubscribers;
    const updates = openStreams(token, { query: UPDATES, variables: { id } });
    const events = openStreams(token, { query: EVENTS });
    for (const messages of updates) await messages.at(0);
    await expect.poll(() => server.app.services.hub.stats().topicSubscribers).toBeGreaterThanOrEqual(before + 2);
    await server.data(await issued(ivy, 50), "{ viewer { userId } }");
    await decide(await issued(jon, 10, ["ops"]), id);
    updates.push(...openStreams(await issued(ivy, 10), { query: UPDATES, variables: { id } }));
    for (const messages of updates) await messages.at(0);
    await decide(await issued("kay-open", 10, ["ops"]), id);
    for (const messages of updates) {
      await messages.end;
      expect(messages.received.at(-1)?.data.approvalRequestUpdated).toMatchObject({ id, status: "APPROVED" });
    }
    for (const messages of events) {
      const isBy = (userId: string) => (message: Data) =>
        message.data.approvalEvents.action === "APPROVED" && message.data.approvalEvents.userId === userId;
      await messages.until((received) => received.some(isBy(jon)) && received.some(isBy("kay-open")));
    }
  });

  test("reads it in the database under row level security", async () => {
    const { id, ivy, jon } = await lostVote();
    const client = await server.database.pool.connect();
    try {
      const seen = await rowsVisibleTo(client, "countersign_person", { sub: ivy });
      expect(seen).toMatchObject({ requests: [id], decisions: [id, id], comments: [] });
      expect(seen.audit.length).toBeGreaterThan(2);
      expect((await rowsVisibleTo(client, "countersign_person", { sub: jon })).requests).toEqual([id]);
      expect((await rowsVisibleTo(client, "countersign_person", { sub: ivy.toUpperCase() })).requests).toEqual([]);
    } finally {
      client.release();
    }
  });
});
