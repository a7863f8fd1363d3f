/** A person with several names, on every surface: nobody approves their own request, and nobody counts twice. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDecisionLinks, decideLink } from "../../src/notifications/decision-links.ts";
import { verifyDatabase } from "../support/audit/audit.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { openedPageIn, press } from "../support/server/decisions.ts";
import { SECRET, startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let bot: string;
let everything: string;
let count = 0;
const fresh = (name: string) => `${name}-${++count}`;

beforeAll(async () => {
  server = await startServer();
  bot = await tokenFor("bot", { scope: "approvals:request" });
  everything = await tokenFor("auditor", { scope: "approvals:read" });
});
afterAll(() => server.stop());

const CREATE = `mutation ($input: CreateApprovalRequestInput!) {
  createApprovalRequest(input: $input) {
    __typename
    ... on CreateApprovalRequestPayload { request { id } }
    ... on ValidationError { issues { path message } }
  }
}`;
const DECIDE = (verb: "approve" | "reject") => `mutation ($id: ID!) {
  decided: ${verb}Request(input: { requestId: $id }) {
    __typename
    ... on ${verb === "approve" ? "ApproveRequestPayload" : "RejectRequestPayload"} {
      request { status approvalsReceived approvers }
    }
  }
}`;
const SEEN = `query ($id: ID!) {
  approvalRequest(id: $id) { canApprove status approvers }
  pendingApprovals { totalCount edges { node { id } } }
}`;

const inputOf = (more: object) => ({
  workflowId: "release",
  jobId: "approval",
  executionId: fresh("run"),
  title: "Deploy?",
  ...more,
});
const create = async (more: object, token = bot): Promise<Data> =>
  (await server.data(token, CREATE, { input: inputOf(more) })).createApprovalRequest;
const decide = async (token: string, id: string, verb: "approve" | "reject" = "approve"): Promise<Data> =>
  (await server.data(token, DECIDE(verb), { id })).decided;
const linkTo = async (userId: string, id: string): Promise<string> => {
  const { rows } = await server.database.pool.query(
    `select id, expires_at as "expiresAt", timeout_ms as "timeoutMs", timeout_action as "timeoutAction",
            escalation_level as "escalationLevel" from approval_requests where id = $1`,
    [id],
  );
  const config = { auth: { jwtSecret: SECRET }, linkSecret: null, oidc: null, mail: { smtpUrl: null } };
  const links = createDecisionLinks(config as never, { warn() {} });
  return decideLink(server.url, await links.sign({ userId, request: rows[0] }));
};

/** Two names of one person: the requester's, and the one in the policy, which the API accepts as another person's. */
const WAYS: [string, () => Promise<{ requester: string; named: string; learn(): Promise<unknown> }>][] = [
  [
    "an address that the directory learns later",
    async () => {
      const [requester, named] = [fresh("u"), `${fresh("alice")}@company.com`];
      return {
        requester,
        named,
        learn: async () =>
          server.data(await tokenFor(requester, { claims: { email: named } }), "{ viewer { userId } }"),
      };
    },
  ],
  [
    "an address in other letters",
    async () => {
      const [requester, named] = [fresh("u"), `${fresh("Zoë")}@company.com`];
      const email = named.normalize("NFD").toUpperCase();
      return {
        requester,
        named,
        learn: async () => server.data(await tokenFor(requester, { claims: { email } }), "{ viewer { userId } }"),
      };
    },
  ],
  [
    "a chain of addresses that two accounts share",
    async () => {
      const [requester, other, shared] = [fresh("u"), fresh("v"), `${fresh("team")}@company.com`];
      return {
        requester,
        named: other,
        learn: async () => {
          for (const id of [requester, other])
            await server.data(await tokenFor(id, { claims: { email: shared } }), "{ viewer { userId } }");
        },
      };
    },
  ],
];

describe.each(WAYS)("the requester, known by %s,", (_way, people) => {
  test("may not decide, by token or by link, and is not offered the request", async () => {
    const { requester, named, learn } = await people();
    const id = (await create({ requestedBy: requester, notifyUsers: [named, "bob"] })).request.id;
    const own = await tokenFor(named);
    expect((await server.data(own, SEEN, { id })).approvalRequest.canApprove).toBe(true);
    await learn();

    for (const verb of ["approve", "reject"] as const) {
      expect((await decide(own, id, verb)).__typename).toBe("ForbiddenError");
    }
    const seen = await server.data(own, SEEN, { id });
    expect(seen.approvalRequest).toMatchObject({ canApprove: false, status: "PENDING", approvers: [] });
    expect(seen.pendingApprovals).toEqual({ totalCount: 0, edges: [] });
    const { rows } = await server.database.pool.query("select can_approve from get_user_pending_approvals($1)", [
      named,
    ]);
    expect(rows).toEqual([{ can_approve: false }]);

    const link = await linkTo(named, id);
    expect(await openedPageIn(await fetch(link))).toMatchObject({ status: 200, buttons: false });
    const token = new URL(link).searchParams.get("token") as string;
    const fields = { token, digest: await digestOf(id), comment: "" };
    expect((await press(server.url, { fields } as never, "APPROVE", "")).status).toBe(403);
    expect((await decide(await tokenFor("bob"), id)).request.status).toBe("APPROVED");
  });

  test("has VALIDATION for a policy that names nobody else, over GraphQL and REST", async () => {
    const { requester, named, learn } = await people();
    await learn();
    const faulty = { requestedBy: requester, notifyUsers: [named] };
    const refused = await create(faulty);
    expect(refused).toMatchObject({ __typename: "ValidationError", issues: [{ path: "notifyUsers" }] });
    const response = await fetch(`${server.url}/api/approvals`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${bot}` },
      body: JSON.stringify(inputOf(faulty)),
    });
    expect([response.status, ((await response.json()) as Data).code]).toEqual([422, "VALIDATION"]);
    // With self-approval this is allowed.
    expect((await create({ ...faulty, allowSelfApproval: true })).__typename).toBe("CreateApprovalRequestPayload");
  });

  test("has VALIDATION for an escalation to nobody else, over GraphQL and REST", async () => {
    const { requester, named, learn } = await people();
    const policy = { requestedBy: requester, notifyUsers: ["bob"] };
    expect((await create({ ...policy, escalateToUsers: [named] })).__typename).toBe("CreateApprovalRequestPayload");
    await learn();
    for (const more of [
      { escalateToUsers: [requester] },
      { escalateToUsers: [named, requester], timeoutAction: "ESCALATE" },
      { escalateToUsers: [named], notifyUsers: [], notifyRoles: ["ops"] },
    ]) {
      const faulty = { ...policy, ...more };
      expect(await create(faulty)).toMatchObject({ issues: [{ path: "escalateToUsers" }] });
      const response = await fetch(`${server.url}/api/approvals`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${bot}` },
        body: JSON.stringify(inputOf(faulty)),
      });
      expect([response.status, ((await response.json()) as Data).issues.map(({ path }: Data) => path)]).toEqual([
        422,
        ["escalateToUsers"],
      ]);
    }
    const escalateToUsers = [named, "carol"];
    expect((await create({ ...policy, escalateToUsers })).__typename).toBe("CreateApprovalRequestPayload");
  });

  test("counts once, whichever of the names votes first", async () => {
    const { requester: one, named: other, learn } = await people();
    const two = { allowedApprovers: [one, other, "bob"], requireMinApprovers: 2 };
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const id = (await create(two)).request.id;
      expect((await decide(await tokenFor(first), id)).request).toMatchObject({
        status: "PENDING",
        approvalsReceived: 1,
      });
      await learn();
      expect((await decide(await tokenFor(second), id)).request).toMatchObject({
        status: "PENDING",
        approvers: [first],
      });
      expect((await decide(await tokenFor(second), id, "reject")).__typename).toBe("AlreadyDecidedError");
      const inbox = await server.data(await tokenFor(second), SEEN, { id });
      expect(inbox.approvalRequest.canApprove).toBe(false);
      expect(inbox.pendingApprovals.edges.map(({ node }: Data) => node.id)).not.toContain(id);
      expect((await decide(await tokenFor("bob"), id)).request).toMatchObject({
        status: "APPROVED",
        approvers: [first, "bob"],
      });
    }
    const refused = await create({ ...two, allowedApprovers: [one, other] });
    expect(refused).toMatchObject({ __typename: "ValidationError", issues: [{ path: "requireMinApprovers" }] });
  });
});

async function digestOf(id: string): Promise<string> {
  const { approvalRequest } = await server.data(
    everything,
    "query ($id: ID!) { approvalRequest(id: $id) { contextDigest } }",
    { id },
  );
  return approvalRequest.contextDigest;
}

test("an ordinary user who names only their own address gets an error", async () => {
  const ann = await tokenFor("ann-1", { claims: { email: "ann@company.com" } });
  expect(await create({ notifyUsers: ["Ann@Company.com"] }, ann)).toMatchObject({
    __typename: "ValidationError",
    issues: [{ path: "notifyUsers" }],
  });
});

test("a repeat of a request returns it, whatever was added to the directory since", async () => {
  const [requester, named] = [fresh("u"), `${fresh("late")}@company.com`];
  const input = inputOf({ requestedBy: requester, notifyUsers: [named] });
  const first = (await server.data(bot, CREATE, { input })).createApprovalRequest;
  await server.data(await tokenFor(requester, { claims: { email: named } }), "{ viewer { userId } }");
  expect((await server.data(bot, CREATE, { input })).createApprovalRequest).toEqual(first);
});

test("a vote stays among the decisions and no longer counts once its voter has lost the role", async () => {
  const iat = () => Math.floor(Date.now() / 1000);
  const [ivy, jon, kay] = [fresh("ivy"), fresh("jon"), fresh("kay")];
  const ops = (id: string, ago: number, roles: string[] | undefined) =>
    tokenFor(id, { roles, claims: { iat: iat() - ago } });
  const id = (await create({ notifyRoles: ["ops"], requireMinApprovers: 2 })).request.id;
  expect((await decide(await ops(ivy, 100, ["ops"]), id)).request.approvalsReceived).toBe(1);
  await server.data(await ops(ivy, 50, undefined), "{ viewer { userId } }");
  expect((await decide(await ops(jon, 10, ["ops"]), id)).request).toMatchObject({
    status: "PENDING",
    approvers: [jon],
  });
  const { approvalRequest } = await server.data(
    everything,
    "query ($id: ID!) { approvalRequest(id: $id) { decisions { approver decision } } }",
    { id },
  );
  expect(approvalRequest.decisions).toEqual([
    { approver: ivy, decision: "APPROVE" },
    { approver: jon, decision: "APPROVE" },
  ]);
  expect((await decide(await ops(kay, 10, ["ops"]), id)).request).toMatchObject({
    status: "APPROVED",
    approvers: [jon, kay],
  });
});

/** Seven names of one person: three accounts that share addresses, and spellings of their ids. */
async function manyNames(): Promise<string[]> {
  const [one, two, three, address] = [fresh("p"), fresh("p"), fresh("p"), `${fresh("one")}@company.com`];
  const accounts = { [one]: address, [two]: address.toUpperCase(), [three]: two.toUpperCase() };
  for (const [id, email] of Object.entries(accounts)) {
    await server.data(await tokenFor(id, { claims: { email } }), "{ viewer { userId } }");
  }
  return [one, two, three, address, address.toUpperCase(), one.toUpperCase(), three.toUpperCase()];
}

test("seven names of one person who vote at the same time are one vote", async () => {
  const names = await manyNames();
  const policy = { allowedApprovers: [...names, "bob"] };
  expect(await create({ ...policy, requireMinApprovers: 3 })).toMatchObject({ __typename: "ValidationError" });
  const id = (await create({ ...policy, requireMinApprovers: 2 })).request.id;
  const answers = await Promise.all(names.map(async (name) => decide(await tokenFor(name), id)));
  const [first] = answers[0]?.request.approvers ?? [];
  expect(names).toContain(first);
  for (const { request } of answers) expect(request).toMatchObject({ status: "PENDING", approvers: [first] });
  expect((await decide(await tokenFor("bob"), id)).request).toMatchObject({
    status: "APPROVED",
    approvers: [first, "bob"],
  });
});

test("a requester with seven names may decide under none of them, and is not asked under any", async () => {
  const names = await manyNames();
  const requestedBy = names.pop() as string;
  const id = (await create({ requestedBy, allowedApprovers: [...names, "bob"] })).request.id;
  for (const name of names) {
    const token = await tokenFor(name);
    expect((await decide(token, id)).__typename).toBe("ForbiddenError");
    expect(await server.data(token, SEEN, { id })).toMatchObject({
      approvalRequest: { canApprove: false },
      pendingApprovals: { totalCount: 0 },
    });
  }
  const { rows } = await server.database.pool.query(
    "select recipient from approval_notifications where approval_request_id = $1",
    [id],
  );
  expect(rows).toEqual([{ recipient: "bob" }]);
});

test("each counted approver has a decision and the audit log matches, also after a vote under another name", async () => {
  const [account, address, kay] = [fresh("u"), `${fresh("al")}@company.com`, fresh("kay")];
  const iat = Math.floor(Date.now() / 1000);
  const ops = (id: string, ago: number, roles: string[]) => tokenFor(id, { roles, claims: { iat: iat - ago } });
  const id = (await create({ notifyUsers: [account], notifyRoles: ["ops"], requireMinApprovers: 2 })).request.id;
  expect((await decide(await ops(address, 100, ["ops"]), id)).request.approvers).toEqual([address]);
  await server.data(await ops(address, 50, []), "{ viewer { userId } }");
  const own = await tokenFor(account, { claims: { email: address.toUpperCase() } });
  await server.data(own, "{ viewer { userId } }");
  expect((await decide(await ops(kay, 10, ["ops"]), id)).request.approvers).toEqual([kay]);
  expect((await decide(own, id)).request).toMatchObject({ status: "APPROVED", approvers: [kay, account] });
  const { rows } = await server.database.pool.query(
    "select approver from approval_decisions where approval_request_id = $1 order by decided_at",
    [id],
  );
  expect(rows.map(({ approver }) => approver)).toEqual([address, kay, account]);
  expect((await verifyDatabase(server.database.url)).findings).toEqual([]);
});
