/** The limits on the people outside the app whom one person's requests and comments may notify, on every surface. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/cli/process.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const PER_REQUEST = 4;
const PER_HOUR = 10;
const LIMITS = {
  LIMIT_RECIPIENTS_PER_REQUEST: String(PER_REQUEST),
  LIMIT_RECIPIENTS_PER_HOUR: String(PER_HOUR),
};
let server: TestServer;
beforeAll(async () => {
  server = await startServer(LIMITS);
});
afterAll(() => server.stop());
afterEach(async () => {
  await server.database.pool.query("delete from approval_requests");
  await server.database.pool.query("delete from people");
});

const addresses = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `p${from + n}@elsewhere.example`);
const inputOf = (more: object = {}) => ({
  workflowId: "release",
  jobId: "approval",
  executionId: randomUUID(),
  title: "Release?",
  notifyUsers: addresses(1),
  notifyChannels: ["EMAIL"],
  ...more,
});
const CREATE = `mutation ($input: CreateApprovalRequestInput!) {
  createApprovalRequest(input: $input) {
    ... on CreateApprovalRequestPayload { created request { id } }
    ... on Error { code message }
  }
}`;
/** The data or the first error of a GraphQL response. */
async function create(token: string, more: object = {}, on = server) {
  const response = await on.post({ query: CREATE, variables: { input: inputOf(more) } }, token);
  const { data, errors } = (await response.json()) as {
    data?: { createApprovalRequest: { created?: boolean; code?: string; request?: { id: string } } };
    errors?: { message: string; extensions: object }[];
  };
  return { status: response.status, answer: data?.createApprovalRequest, error: errors?.[0]?.extensions };
}
const messages = async () =>
  (await server.database.pool.query("select count(*)::int as n from approval_notifications where channel <> 'IN_APP'"))
    .rows[0].n;

describe("one request, with a limit of recipients,", () => {
  const tooMuch = { code: "LIMIT_EXCEEDED", limit: "recipientsPerRequest", held: PER_REQUEST + 1, most: PER_REQUEST };

  it("may not send emails to more people than the limit; otherwise no email is sent", async () => {
    const token = await tokenFor("ann");
    const notifyUsers = addresses(PER_REQUEST + 1);
    expect(await create(token, { notifyUsers })).toMatchObject({ status: 400, error: tooMuch });
    const rest = await restClient(server, token).post("/approvals", inputOf({ notifyUsers }));
    expect({ status: rest.status, ...rest.body }).toMatchObject({ status: 400, ...tooMuch });
    const named = notifyUsers.flatMap((user) => ["--notify", user]);
    const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: token };
    const command = await runCommand(["request", "--title", "Release?", "--channel", "email", ...named], { env });
    expect(command).toMatchObject({ code: 4, stderr: expect.stringMatching(/LIMIT_RECIPIENTS_PER_REQUEST allows 4/) });
    expect(await messages()).toBe(0);
    expect(await create(token, { notifyUsers: addresses(PER_REQUEST) })).toMatchObject({ answer: { created: true } });
  });

  it.each<[string, object, boolean]>([
    ["by Slack", { notifyChannels: ["SLACK"], notifyUsers: addresses(5) }, false],
    ["in the app alone", { notifyChannels: ["IN_APP"], notifyUsers: addresses(100) }, true],
    ["by webhook alone", { notifyChannels: ["WEBHOOK"], notifyUsers: addresses(100) }, true],
    ["as approvers", { allowedApprovers: addresses(5) }, false],
    ["by the escalation", { escalateToUsers: addresses(5), timeoutMs: 1_000, timeoutAction: "ESCALATE" }, false],
    ["by all three lists", { allowedApprovers: addresses(2, 2), escalateToUsers: addresses(2, 4) }, false],
    [
      "by name twice",
      { notifyUsers: addresses(4), allowedApprovers: addresses(4), escalateToUsers: addresses(4) },
      true,
    ],
    ["beside the asker", { notifyUsers: [...addresses(4), "ann"] }, true],
  ])("counts the people it names: %s", async (_, more, isAccepted) => {
    const { answer, error } = await create(await tokenFor("ann"), more);
    if (isAccepted) expect(answer).toMatchObject({ created: true });
    else expect(error).toMatchObject({ limit: "recipientsPerRequest" });
  });

  it.each(["approvals:request", "approvals:admin"])("is not limited for a token with %s", async (scope) => {
    const token = await tokenFor("ann", { scope });
    expect(await create(token, { notifyUsers: addresses(500) })).toMatchObject({ answer: { created: true } });
    expect(await create(await tokenFor("ann"))).toMatchObject({ answer: { created: true } });
  });
});

describe("the requests of an hour", () => {
  /** Uses ann's limit except for `left` notifications. */
  async function use(token: string, left: number): Promise<void> {
    for (let count = PER_HOUR - left; count > 0; count -= PER_REQUEST) {
      const { answer } = await create(token, { notifyUsers: addresses(Math.min(count, PER_REQUEST)) });
      expect(answer).toMatchObject({ created: true });
    }
  }
  const later = { code: "RATE_LIMITED", limit: "recipientsPerHour", held: PER_HOUR + 1, most: PER_HOUR };

  it("may notify as many people as the limit; a further request is refused with the time of a retry", async () => {
    const token = await tokenFor("ann");
    await use(token, 1);
    const { status, error } = await create(token, { notifyUsers: addresses(2) });
    expect({ status, ...error }).toMatchObject({ status: 429, ...later });
    const rest = await restClient(server, token).post("/approvals", inputOf({ notifyUsers: addresses(2) }));
    expect({ ...rest.body, status: rest.status }).toMatchObject({ status: 429, ...later });
    expect(Number(rest.headers.get("retry-after"))).toBe(rest.body.retryAfter);
    expect(rest.body.retryAfter).toBeGreaterThan(3_000);
    expect(rest.body.retryAfter).toBeLessThanOrEqual(3_600);
    expect(await create(token)).toMatchObject({ answer: { created: true } });
    expect(await create(token, { notifyChannels: ["IN_APP"] })).toMatchObject({ answer: { created: true } });
    expect(await create(await tokenFor("ben"))).toMatchObject({ answer: { created: true } });
  });

  it("are counted over all processes, and older ones do not count", async () => {
    const token = await tokenFor("ann");
    await use(token, 0);
    const other = await startServer({ ...LIMITS, DATABASE_URL: server.database.url });
    try {
      expect(await create(token, {}, other)).toMatchObject({ status: 429, error: later });
      const client = await server.database.pool.connect();
      try {
        await client.query("begin; set local session_replication_role = replica");
        await client.query("update approval_requests set created_at = created_at - interval '61 minutes'");
        await client.query("commit");
      } finally {
        client.release();
      }
      expect(await create(token, {}, other)).toMatchObject({ answer: { created: true } });
    } finally {
      await other.stop();
    }
  });

  it("are counted separately if one operation creates several, or many arrive at once", async () => {
    const token = await tokenFor("ann");
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(token)));
    const made = answers.filter(({ answer }) => answer?.created === true).length;
    // Two transactions at a time do not see each other.
    expect(made).toBeLessThanOrEqual(2 * PER_HOUR);
    expect(await create(token)).toMatchObject({ error: { code: "RATE_LIMITED" } });
    const ben = await tokenFor("ben");
    const fields = Array.from({ length: 20 }, (_, n) => `m${n}: createApprovalRequest(input: $i${n}) { __typename }`);
    const types = fields.map((_, n) => `$i${n}: CreateApprovalRequestInput!`);
    const variables = Object.fromEntries(fields.map((_, n) => [`i${n}`, inputOf()]));
    await server.post({ query: `mutation (${types}) { ${fields.join(" ")} }`, variables }, ben);
    const { rows } = await server.database.pool.query(
      "select count(*)::int as n from approval_requests where created_by = 'ben'",
    );
    expect(rows[0].n).toBe(PER_HOUR);
  });

  it("count each person with a role, because each receives an email", async () => {
    await server.database.pool.query(
      "insert into people (id, id_key, roles) select 'holder-' || n, 'holder-' || n, '{ops}' from generate_series(1, 6) n",
    );
    const token = await tokenFor("ann");
    const byRole = { notifyUsers: [], notifyRoles: ["ops"] };
    expect(await create(token, byRole)).toMatchObject({ answer: { created: true } });
    expect(await create(token, byRole)).toMatchObject({ error: { ...later, held: 12 } });
    await server.database.pool.query(
      "insert into people (id, id_key, roles) select 'holder-' || n, 'holder-' || n, '{ops}' from generate_series(7, 11) n",
    );
    const tooMuch = { code: "LIMIT_EXCEEDED", limit: "recipientsPerHour", held: 11, most: PER_HOUR };
    expect(await create(await tokenFor("ben"), byRole)).toMatchObject({ status: 400, error: tooMuch });
  });

  it("return the request for a repeat, and accept all other commands on it", async () => {
    const token = await tokenFor("ann");
    const first = inputOf({ notifyUsers: ["bob"] });
    const { answer } = await create(token, first);
    await use(token, 1);
    await create(token);
    expect(await create(token, first)).toMatchObject({ answer: { created: false, request: answer?.request } });
    const bob = await tokenFor("bob");
    const approve = "mutation ($id: ID!) { approveRequest(input: { requestId: $id }) { __typename } }";
    const { approveRequest } = await server.data(bob, approve, { id: answer?.request?.id });
    expect(approveRequest.__typename).toBe("ApproveRequestPayload");
    const { rows } = await server.database.pool.query(
      "select id from approval_requests where status = 'PENDING' limit 1",
    );
    const cancel = "mutation ($id: ID!) { cancelApprovalRequest(input: { requestId: $id }) { __typename } }";
    expect((await server.data(token, cancel, { id: rows[0].id })).cancelApprovalRequest.__typename).toMatch(/Payload/);
  });
});

describe("comments, with a limit of recipients,", () => {
  const comment = async (token: string, id: string) => {
    const { status, body } = await restClient(server, token).post(`/approvals/${id}/comments`, { body: "Well?" });
    return { status, code: body.code };
  };

  it("count for their author like requests if others receive an email", async () => {
    const ann = await tokenFor("ann");
    const bob = await tokenFor("bob");
    const { answer } = await create(ann, { notifyUsers: ["bob"] });
    const id = answer?.request?.id as string;
    // ann is the only participant, so ten comments of bob send one email each.
    for (let count = 0; count < PER_HOUR; count += 1) expect((await comment(bob, id)).status).toBe(201);
    expect(await comment(bob, id)).toEqual({ status: 429, code: "RATE_LIMITED" });
    expect(await create(bob)).toMatchObject({ error: { code: "RATE_LIMITED", limit: "recipientsPerHour" } });
    expect((await comment(ann, id)).status).toBe(201);
    const admin = await tokenFor("bob", { scope: "approvals:admin" });
    expect((await comment(admin, id)).status).toBe(201);
  });

  it("are not limited if they notify only in the app", async () => {
    const { answer } = await create(await tokenFor("ann"), { notifyUsers: ["bob"], notifyChannels: ["IN_APP"] });
    const bob = await tokenFor("bob");
    for (let count = 0; count <= PER_HOUR; count += 1) {
      expect((await comment(bob, answer?.request?.id as string)).status).toBe(201);
    }
  });
});

it("the default limits of recipients do not affect ordinary use, but prevent emails to a thousand strangers", async () => {
  const usual = await startServer();
  try {
    const token = await tokenFor("ann");
    expect(await create(token, { notifyUsers: addresses(100) }, usual)).toMatchObject({ answer: { created: true } });
    expect(await create(token, { notifyUsers: addresses(1_000) }, usual)).toMatchObject({
      status: 400,
      error: { code: "LIMIT_EXCEEDED", limit: "recipientsPerRequest", held: 1_000, most: 100 },
    });
  } finally {
    await usual.stop();
  }
});

it("a limit of recipients is disabled by 0", async () => {
  const open = await startServer({ LIMIT_RECIPIENTS_PER_REQUEST: "0", LIMIT_RECIPIENTS_PER_HOUR: "0" });
  try {
    const { answer } = await create(await tokenFor("ann"), { notifyUsers: addresses(1_000) }, open);
    expect(answer).toMatchObject({ created: true });
  } finally {
    await open.stop();
  }
});
