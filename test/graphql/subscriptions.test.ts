/** Tests the subscriptions in one process: a request, an inbox and the audit log. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inputOf } from "../support/approvals/requests.ts";
import { type Api, type Data, type Stream, startApi } from "../support/graphql/graphql.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi({ live: true });
});
afterAll(() => api.close());

const create = async (more: object = {}): Promise<Data> =>
  (await api.as("ann").data("Create", { input: inputOf(more) })).createApprovalRequest.request;
const approve = (who: string, requestId: string) => api.as(who).data("Approve", { input: { requestId } });

/** The data of the next event, or its error. */
async function next(stream: Stream): Promise<Data> {
  const { done, value } = await stream.next();
  if (done) return "done";
  return value.errors?.map((error) => error.extensions.code) ?? Object.values(value.data ?? {})[0];
}

describe("a subscription to a request", () => {
  it("sends it as it is, then in every later state, and completes once it is final", async () => {
    const { id } = await create({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const stream = await api.as("ann").subscribe("RequestUpdated", { id });
    expect(await next(stream)).toMatchObject({ id, version: 1, status: "PENDING", decisions: [] });
    await approve("bob", id);
    expect(await next(stream)).toMatchObject({ version: 2, approvers: ["bob"], decisions: [{ approver: "bob" }] });
    await approve("cleo", id);
    expect(await next(stream)).toMatchObject({ version: 3, status: "APPROVED", canApprove: false });
    expect(await next(stream)).toBe("done");
  });

  it("sends it once if it is already final", async () => {
    const { id } = await create();
    await approve("bob", id);
    const stream = await api.as("ann").subscribe("RequestUpdated", { id });
    expect(await next(stream)).toMatchObject({ version: 2, status: "APPROVED" });
    expect(await next(stream)).toBe("done");
  });

  it("sends nothing until its version is above the one that the subscriber has", async () => {
    const { id } = await create();
    const stream = await api.as("ann").subscribe("RequestUpdated", { id, afterVersion: 1 });
    const first = next(stream);
    await approve("bob", id);
    expect(await first).toMatchObject({ version: 2 });
    expect(await next(stream)).toBe("done");
    const known = await api.as("ann").subscribe("RequestUpdated", { id, afterVersion: 2 });
    expect(await next(known)).toBe("done");
  });

  it.each(["unknown", "malformed", "invisible"])("ends with NOT_FOUND if its id is %s", async (kind) => {
    const ids: Data = { unknown: randomUUID(), malformed: "nonsense", invisible: (await create()).id };
    const stream = await api.as("mallory").subscribe("RequestUpdated", { id: ids[kind] });
    expect(await next(stream)).toEqual(["NOT_FOUND"]);
    expect(await next(stream)).toBe("done");
  });

  it("ends with NOT_FOUND when the request is deleted in the meantime", async () => {
    const { id } = await create();
    const stream = await api.as("ann").subscribe("RequestUpdated", { id });
    await next(stream);
    const gone = next(stream);
    // A deletion is not notified; the next read of the row finds it missing.
    await api.pool.query("delete from approval_requests where id = $1", [id]);
    await api.pool.query("select pg_notify('countersign', $1)", [`${id}:2:PENDING:4102444800000`]);
    expect(await gone).toEqual(["NOT_FOUND"]);
    expect(await next(stream)).toBe("done");
  });

  it("is released at once when its subscriber leaves", async () => {
    const { id } = await create();
    const before = api.services.hub.stats().subscribers;
    const stream = await api.as("ann").subscribe("RequestUpdated", { id, afterVersion: 1 });
    expect(api.services.hub.stats().subscribers).toBe(before + 1);
    const pending = stream.next();
    await stream.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(api.services.hub.stats().subscribers).toBe(before);
  });
});

describe("a subscription to an inbox", () => {
  it("sends the requests that entered, changed and left, and their number", async () => {
    const user = `inbox-${randomUUID()}`;
    const stream = await api.as(user).subscribe("PendingUpdated");
    await api.idle();
    const { id } = await create({ notifyUsers: [user, "bob", "cleo"], requireMinApprovers: 3 });
    expect(await next(stream)).toMatchObject({ change: "ADDED", pendingCount: 1, request: { id, status: "PENDING" } });
    await approve("bob", id);
    expect(await next(stream)).toMatchObject({ change: "UPDATED", pendingCount: 1, request: { id } });
    await approve(user, id);
    expect(await next(stream)).toMatchObject({ change: "REMOVED", pendingCount: 0, request: { id } });
    const left = stream.next();
    await stream.return?.();
    expect((await left).done).toBe(true);
  });
});

describe("a subscription to the audit log", () => {
  /**
   * The next event with another action: the events at a cursor come again while a transaction of the server is open.
   */
  async function nextBut(stream: Stream, action: string): Promise<Data> {
    for (;;) {
      const event = await next(stream);
      if (event.action !== action) return event;
    }
  }

  it("sends the events from the present on, and resumes after a cursor", async () => {
    const { workflowId, ...input } = inputOf({ workflowId: randomUUID() });
    const stream = await api.as("ann").subscribe("Events", { filter: { workflowId } });
    await api.idle();
    const first = next(stream);
    const { id } = await create({ ...input, workflowId });
    await approve("bob", id);
    const created = await first;
    const approved = await next(stream);
    expect([created, approved]).toEqual([
      {
        cursor: expect.any(String),
        action: "CREATED",
        userId: "ann",
        oldStatus: null,
        newStatus: "PENDING",
        comment: null,
        createdAt: expect.any(String),
        request: { id, workflowId, version: expect.any(Number), status: expect.any(String) },
      },
      {
        cursor: expect.any(String),
        action: "APPROVED",
        userId: "bob",
        oldStatus: "PENDING",
        newStatus: "APPROVED",
        comment: null,
        createdAt: expect.any(String),
        request: { id, workflowId, version: 2, status: "APPROVED" },
      },
    ]);
    await stream.return?.();
    const resumed = await api.as("ann").subscribe("Events", { after: created.cursor, filter: { workflowId } });
    expect(await nextBut(resumed, "CREATED")).toEqual(approved);
    await resumed.return?.();
  });

  it("resumes after a cursor of the list", async () => {
    const { id } = await create({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    await approve("bob", id);
    const source = `query ($id: ID!) { approvalAuditLog(filter: { requestId: $id }) { edges { cursor node { id action } } } }`;
    const { data } = await api.as("ann").send(source, JSON.stringify({ id }));
    const [newest, oldest]: Data[] = data?.approvalAuditLog.edges ?? [];
    const followed = `subscription { approvalEvents(after: "${oldest.cursor}", filter: { requestId: "${id}" }) { id action } }`;
    const stream = await api.as("ann").subscribe(followed);
    expect(await nextBut(stream, oldest.node.action)).toEqual(newest.node);
    await stream.return?.();
  });

  it("misses nothing after a cursor that was read while a transaction was running", async () => {
    const workflowId = randomUUID();
    const client = await api.pool.connect();
    await client.query("begin");
    const { rows } = await client.query(
      `with r as (insert into approval_requests (workflow_id, job_id, execution_id, title, requested_by, created_by, timeout_ms, expires_at)
         values ($1, 'job', 'slow', 'Slow', 'ann', 'ann', 1000, now() + interval '1 hour') returning id)
       insert into approval_audit_log (approval_request_id, action) select id, 'CREATED' from r returning approval_request_id as id`,
      [workflowId],
    );
    const { id } = await create({ workflowId });
    const source = `query ($id: ID!) { approvalAuditLog(filter: { requestId: $id }) { edges { cursor } } }`;
    const { data } = await api.as("ann").send(source, JSON.stringify({ id }));
    const cursor = data?.approvalAuditLog.edges[0].cursor;
    await client.query("commit");
    client.release();
    const followed = `subscription { approvalEvents(after: "${cursor}", filter: { workflowId: "${workflowId}" }) { action request { id } } }`;
    const stream = await api.as("ann").subscribe(followed);
    const events = [await next(stream)];
    while (events.at(-1).request.id !== rows[0].id) events.push(await next(stream));
    await approve("bob", id);
    expect(await nextBut(stream, "CREATED")).toEqual({ action: "APPROVED", request: { id } });
    await stream.return?.();
  });

  it("refuses a cursor of another list, and matches nothing by a malformed id", async () => {
    const refused = await api.as("ann").subscribe("Events", { after: "nonsense" });
    await expect(refused.next()).rejects.toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
    const stream = await api.as("ann").subscribe("Events", { filter: { requestId: "nonsense" } });
    await stream.return?.();
  });

  it("sends a failure of its source as an error of this stream, which then ends", async () => {
    await api.pool.query("alter table approval_audit_log rename to elsewhere");
    const stream = await api.as("ann").subscribe("Events");
    const first = await stream.next();
    await api.pool.query("alter table elsewhere rename to approval_audit_log");
    expect(first.value?.errors).toMatchObject([
      { path: ["approvalEvents"], extensions: { code: "INTERNAL_SERVER_ERROR" } },
    ]);
    expect(api.logged).toMatchObject([{ err: { code: "42P01" }, path: "approvalEvents" }]);
    expect(await next(stream)).toBe("done");
  });
});
