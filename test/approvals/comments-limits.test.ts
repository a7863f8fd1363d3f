/** The limits on the comments of a request, and reading them in pages. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_COMMENT_BYTES, MAX_COMMENTS, MAX_DECISION_BYTES } from "../../src/approvals/validation.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { gist, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let ann: string;
beforeAll(async () => {
  server = await startServer();
  ann = await tokenFor("ann");
});
afterAll(() => server.stop());

/** Comments of an earlier version, which had no limit. */
const insert = (id: string, count: number, body: string) =>
  server.database.pool.query(
    `insert into approval_comments (id, approval_request_id, author, body, created_at)
     select gen_random_uuid(), $1, 'bob', $3 || n, now() + n * interval '1 ms' from generate_series(1, $2) n`,
    [id, count, body],
  );
const comment = async (requestId: string, body: string) => {
  const query = `mutation ($input: AddApprovalCommentInput!) { addApprovalComment(input: $input) {
    ... on AddApprovalCommentPayload { comment { id body } } ... on Error { code } ... on ValidationError { issues { path message } } } }`;
  return (await server.data(ann, query, { input: { requestId, body } })).addApprovalComment;
};
const filled = async (count: number, body: string) => {
  const id = await server.ask(ann);
  // Two of them through the API, so that the audit log has entries.
  await comment(id, body);
  await comment(id, body);
  await insert(id, count - 2, body);
  return id;
};

describe("the limits of a request's comments", () => {
  it("apply to their number, over GraphQL and REST", async () => {
    const id = await filled(MAX_COMMENTS - 1, "x");
    expect((await comment(id, "The last.")).comment.body).toBe("The last.");
    const message = `exceeds the limit: the request has ${MAX_COMMENTS} of at most ${MAX_COMMENTS} comments`;
    expect(await comment(id, "One more.")).toEqual({ code: "VALIDATION", issues: [{ path: "body", message }] });
    const refused = await restClient(server, ann).post(`/approvals/${id}/comments`, { body: "One more." });
    expect(gist(refused)).toEqual([422, "VALIDATION", "body"]);
  });

  it("apply to their text, in any language", async () => {
    const id = await filled(4, "ä".repeat(99_990));
    const { issues } = await comment(id, "ä".repeat(Math.ceil(MAX_COMMENT_BYTES / 2) - 4 * 99_990));
    expect(issues).toEqual([{ path: "body", message: expect.stringContaining(`have ${MAX_COMMENT_BYTES} (1 MiB)`) }]);
    expect((await comment(id, "Short.")).comment.body).toBe("Short.");
  });

  it("apply to the text of decisions, except a short one", async () => {
    const approvers = Array.from({ length: 8 }, (_, n) => `approver-${n}`);
    const id = await server.ask(ann, { notifyUsers: approvers, requireMinApprovers: 8 });
    const approve = async (approver: string, text: string) =>
      (
        await restClient(server, await tokenFor(approver)).post(`/approvals/${id}/approve`, {
          comment: text,
          reason: text,
        })
      ).status;
    const long = "x".repeat(99_000);
    let bytes = 0;
    for (const approver of approvers.slice(0, 7)) {
      bytes += 2 * long.length;
      expect(await approve(approver, long)).toBe(bytes <= MAX_DECISION_BYTES ? 200 : 422);
    }
    for (const approver of approvers) await approve(approver, "Fine.");
    const { body } = await restClient(server, ann).get(`/approvals/${id}`);
    expect([body.status, body.decisions.length]).toEqual(["APPROVED", 8]);
  });
});

describe("the comments of a request are read", () => {
  it("as a list: the newest hundred, oldest first, or as many as requested", async () => {
    const id = await filled(150, "");
    const query = `query ($id: ID!, $last: Int) { approvalRequest(id: $id) { comments(last: $last) { body } } }`;
    const bodies = async (last?: number) =>
      (await server.data(ann, query, { id, last })).approvalRequest.comments.map(({ body }: Data) => body);
    expect(await bodies()).toEqual(Array.from({ length: 100 }, (_, n) => String(n + 49)));
    expect(await bodies(2)).toEqual(["147", "148"]);
    for (const last of [0, 101]) {
      const { errors } = (await (await server.post({ query, variables: { id, last } }, ann)).json()) as Data;
      expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
    }
  });

  it("in pages of a connection, and of REST", async () => {
    const id = await filled(7, "c");
    const query = `query ($id: ID!, $after: String) { approvalRequest(id: $id) {
      commentsConnection(first: 3, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }`;
    const connected: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: Data = (await server.data(ann, query, { id, after })).approvalRequest.commentsConnection;
      connected.push(...page.edges.map(({ node }: Data) => node.id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    const paged: string[] = [];
    for (let after = ""; ; ) {
      const { body } = await restClient(server, ann).get(`/approvals/${id}/comments?first=3${after}`);
      paged.push(...body.items.map((item: Data) => item.id));
      if (!body.hasNextPage) break;
      after = `&after=${encodeURIComponent(body.endCursor)}`;
    }
    expect(connected).toHaveLength(7);
    expect(new Set(connected).size).toBe(7);
    expect(paged).toEqual(connected);
  });

  it("a megabyte at a time, if an earlier version stored forty", async () => {
    const id = await server.ask(ann);
    await insert(id, 100, "x".repeat(400_000));
    const query = "query ($id: ID!) { approvalRequest(id: $id) { comments { body } } }";
    const { comments } = (await server.data(ann, query, { id })).approvalRequest;
    expect(comments.map(({ body }: Data) => body.slice(400_000))).toEqual(["99", "100"]);
    const { body } = await restClient(server, ann).get(`/approvals/${id}/comments?first=100`);
    expect([body.items.length, body.hasNextPage]).toEqual([2, true]);
  });

  it("with a cost for each level of nesting", async () => {
    const id = await filled(200, "x");
    const into = (levels: number): string => (levels === 0 ? "id" : `comments { request { ${into(levels - 1)} } }`);
    const query = `query ($id: ID!) { approvalRequest(id: $id) { ${into(3)} } }`;
    const response = await server.post({ query, variables: { id } }, ann);
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as Data;
    expect(errors[0].extensions).toMatchObject({ code: "LIMIT_EXCEEDED", limit: "cost", most: 50_000 });
    const once = await server.data(ann, `query ($id: ID!) { approvalRequest(id: $id) { ${into(1)} } }`, { id });
    expect(once.approvalRequest.comments).toHaveLength(100);
  });

  it("without mixing the comments of two requests", async () => {
    const [one, other] = [await filled(3, "one"), await filled(3, "other")];
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ApprovalRequest { comments(last: 1) { body request { id } } } } }`;
    const { nodes } = await server.data(ann, query, { ids: [one, other, randomUUID()] });
    expect(nodes).toEqual([
      { comments: [{ body: "one1", request: { id: one } }] },
      { comments: [{ body: "other1", request: { id: other } }] },
      null,
    ]);
  });
});
