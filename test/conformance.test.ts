/**
 * Tests that every surface gives every kind of viewer the same answer about every kind of request. The expected rights
 * are in support/conformance/cases.ts; the list of surfaces comes from the schema and the REST table, so that a surface
 * without a row fails.
 */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schema } from "../src/schema/index.ts";
import { restTable } from "../src/server/rest/table.ts";
import { ACTS, type Act, CREATIONS, FIGURES } from "./support/conformance/acts.ts";
import { Asker } from "./support/conformance/asker.ts";
import {
  type CasePolicy,
  type CaseViewer,
  GENERAL,
  has,
  POLICIES,
  type PolicyName,
  policiesWith,
  policyNames,
  type Right,
  VIEWERS,
  type ViewerName,
  viewerNames,
} from "./support/conformance/cases.ts";
import { DELIVERY_ACTS, disabledEndpoint, ENDPOINT_ACTS } from "./support/conformance/deliveries.ts";
import { MESSAGE_ACTS, MESSAGE_READINGS, notifyEveryone } from "./support/conformance/messages.ts";
import { isRefused, type Samples, READINGS as SHOWING } from "./support/conformance/reads.ts";
import { RUN_READINGS, runEach } from "./support/conformance/runs.ts";
import {
  refusalOf,
  registerCaseWorkflow,
  type StoredRun,
  storeRun,
  WORKFLOW_ACTS,
} from "./support/conformance/workflows.ts";
import { insert } from "./support/db/rows.ts";
import { insertMessage } from "./support/notifications/in-app-notifications.ts";
import { inputOf } from "./support/rest/rest.ts";
import { SECRET, startServer, type TestServer, tokenFor } from "./support/server/server.ts";

const READINGS = [...SHOWING, ...MESSAGE_READINGS, ...RUN_READINGS];
/** Surfaces that show nothing of any request. */
const WITHOUT_A_ROW: Record<string, string> = {
  "Query.validateApprovalJob": "looks at nothing but its argument",
  "POST /api/approvals/validate-job": "looks at nothing but its body",
};
const TRANSPORTS = ["WebSocket", "SSE"] as const;
const INBOX_UPDATES = TRANSPORTS.map((transport) => `Subscription.pendingApprovalsUpdated over ${transport}`);
const CALLER = { ipAddress: "192.0.2.7", userAgent: "tests/1.0" };

let server: TestServer;
let shown: Samples;
let idle: number;
const listeners = () => server.app.services.hub.stats().topicSubscribers;
const patiently = { timeout: 60_000 };
const askers = new Map<ViewerName, Asker>();
const askerOf = (viewer: ViewerName) => askers.get(viewer) as Asker;

const callerOf = (name: ViewerName) => {
  const { userId, roles = [], scope = "" }: CaseViewer = VIEWERS[name];
  return { viewer: { userId, email: null, roles, scopes: scope.split(" ") }, ...CALLER };
};

/** A new request of this policy; returns its id. */
async function make(policy: PolicyName, more: object = {}): Promise<string> {
  const { manager } = server.app.services;
  const { input, creator, escalated }: CasePolicy = POLICIES[policy];
  const caller = callerOf(creator);
  const given = { ...inputOf({ notifyUsers: null, timeoutMs: 86_400_000 }), ...input, ...more };
  const { request } = await manager.createRequest(given, caller);
  if (escalated) await manager.escalate(request.id, caller);
  return request.id;
}

/** A request that names everyone; returns its id. */
async function makeForEveryone(more: object = {}): Promise<string> {
  const caller = callerOf("other orchestrator");
  const notifyUsers = [...new Set(viewerNames.map((name) => VIEWERS[name].userId))];
  const input = inputOf({ requestedBy: "nobody", allowSelfApproval: true, notifyUsers, ...more });
  return (await server.app.services.manager.createRequest(input, caller)).request.id;
}

async function forEach<T>(ask: (policy: PolicyName) => Promise<T>): Promise<Record<PolicyName, T>> {
  const answers = await Promise.all(policyNames.map(async (policy) => [policy, await ask(policy)] as const));
  return Object.fromEntries(answers) as Record<PolicyName, T>;
}

beforeAll(async () => {
  server = await startServer();
  idle = listeners();
  for (const name of viewerNames) {
    const { userId, roles, scope }: CaseViewer = VIEWERS[name];
    askers.set(name, new Asker(server, await tokenFor(userId, { roles, scope })));
  }
  const { manager } = server.app.services;
  const before = await makeForEveryone();
  await manager.cancel(before, callerOf("admin"));
  const log = "{ approvalAuditLog(first: 1) { edges { cursor } } }";
  const cursor = (await askerOf("auditor").graphql(log)).approvalAuditLog.edges[0].cursor;
  await server.database.pool.query("delete from approval_requests where id = $1", [before]);

  const workflowId = randomUUID();
  const ids = await forEach((policy) => make(policy, { workflowId }));
  const comments = await forEach(
    async (policy) => `comment_${(await manager.comment(ids[policy], callerOf("admin"), "So?")).id}`,
  );
  const sentinel = await makeForEveryone({ workflowId });
  await manager.cancel(sentinel, callerOf("admin"));
  // Only viewers who see everything count this request.
  const decided = { approval_request_id: sentinel, approver: "somebody", decision: "REJECT" };
  await insert(server.database.pool, "approval_decisions", decided);
  const events = await forEach(async (policy) => {
    const { rows } = await server.database.pool.query<{ id: string }>(
      "select id from approval_audit_log where approval_request_id = $1 limit 1",
      [ids[policy]],
    );
    return `event_${rows[0]?.id}`;
  });
  shown = { ids, comments, events, sentinel, before: cursor, workflowId };
  const people = viewerNames.map((name) => VIEWERS[name].userId);
  await runEach(server.database.pool, [...Object.values(ids), sentinel]);
  await notifyEveryone(server.database.pool, people, shown);
  await registerCaseWorkflow(server.database.pool);
});

afterAll(async () => {
  await Promise.all([...askers.values()].map((asker) => asker.close()));
  await server.stop();
});

it("the conformance cases have a row for every root field and every REST route", () => {
  const fields = (kind: string, type = schema.getType(kind)) =>
    Object.keys(type && "getFields" in type ? type.getFields() : {}).map((field) => `${kind}.${field}`);
  const there = [
    ...fields("Query"),
    ...fields("Mutation"),
    ...fields("Subscription").flatMap((field) => TRANSPORTS.map((transport) => `${field} over ${transport}`)),
    ...restTable(schema).flatMap(({ method, path, updates }) => {
      const route = `${method} ${path}`;
      return updates === undefined ? [route] : [route, `${route} (wait)`];
    }),
  ];
  const rows = [
    ...READINGS,
    ...ACTS,
    ...CREATIONS,
    ...FIGURES,
    ...ENDPOINT_ACTS,
    ...MESSAGE_ACTS,
    ...DELIVERY_ACTS,
    ...WORKFLOW_ACTS,
  ].map(({ covers }) => covers);
  const covered = new Set([...rows, ...INBOX_UPDATES, ...Object.keys(WITHOUT_A_ROW)]);
  expect([...covered].toSorted()).toEqual(there.toSorted());
});

describe("a reading surface", () => {
  it.each(READINGS)(
    "$covers: $name returns exactly the requests on which the viewer has the right: $right",
    async ({ right, ask }) => {
      const wrong: object[] = [];
      await Promise.all(
        viewerNames.map(async (viewer) => {
          const answer = await ask(askerOf(viewer), shown);
          const policies = policiesWith(right, viewer);
          const expected = typeof answer === "number" ? policies.length : policies;
          if (JSON.stringify(answer) !== JSON.stringify(expected)) wrong.push({ viewer, expected, answer });
        }),
      );
      expect(wrong).toEqual([]);
    },
  );

  it.each(FIGURES)("$covers: only viewers with the right see $about", async ({ about, ask }) => {
    const answers = await Promise.all(viewerNames.map(async (name) => [name, await ask(askerOf(name))]));
    const own = (name: ViewerName) => (VIEWERS[name].userId === "rita" ? policyNames.length : 0);
    const allowed = {
      "figures over everything": policyNames.length + 1,
      "figures on who decided": 1,
      "another's summary": 1,
      "another's inbox": 1,
    };
    const expected = viewerNames.map((name) => {
      if (GENERAL[about]?.includes(name)) return [name, allowed[about as keyof typeof allowed]];
      if (about === "figures over everything") return [name, own(name)];
      if (about === "figures on who decided") return [name, 0];
      return [name, VIEWERS[name].userId === "esther" ? 1 : "FORBIDDEN"];
    });
    expect(answers).toEqual(expected);
  });
});

/** The answer to a command: authorisation is checked first, and a viewer who may not see the request gets NOT_FOUND. */
function expectedAnswer(right: Right, viewer: ViewerName, policy: PolicyName): string {
  if (!has("see", viewer, policy)) return "NOT_FOUND";
  if (!has(right, viewer, policy)) return "FORBIDDEN";
  // A second escalation is invalid, even with the right.
  return right === "escalate" && policy === "escalated" ? "VALIDATION" : "done";
}

interface State {
  id: string;
  version: number;
  comments: number;
  actors: string[];
}

async function statesOf(ids: readonly string[]): Promise<ReadonlyMap<string, State>> {
  const { rows } = await server.database.pool.query<State>(
    `select id, version,
       (select count(*)::int from approval_comments where approval_request_id = r.id) as comments,
       array(select user_id from approval_audit_log where approval_request_id = r.id and action <> 'NOTIFIED'
         order by seq) as actors
     from approval_requests r where id = any($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

describe("a surface that changes a request", () => {
  it.each(ACTS)(
    "$covers: $name works only for viewers with the right: $right, and changes nothing for others",
    async ({ right, act }) => {
      const cells = await Promise.all(
        viewerNames.flatMap((viewer) =>
          policyNames.map(async (policy) => ({ viewer, policy, id: await make(policy) })),
        ),
      );
      const ids = cells.map(({ id }) => id);
      const before = await statesOf(ids);
      const answers = await inTurns(cells, ({ viewer, id }) => act(askerOf(viewer), id));
      const after = await statesOf(ids);

      const wrong = cells.flatMap(({ viewer, policy, id }, index) => {
        const expected = expectedAnswer(right, viewer, policy);
        const [was, is] = [before.get(id) as State, after.get(id) as State];
        const actors = expected === "done" ? [...was.actors, VIEWERS[viewer].userId] : was.actors;
        const same = expected === "done" || (was.version === is.version && was.comments === is.comments);
        const right_ = answers[index] === expected && same && is.actors.join() === actors.join();
        return right_ ? [] : [{ viewer, policy, expected, answer: answers[index], was, is }];
      });
      expect(wrong).toEqual([]);
    },
  );

  const WEAKENING: Record<string, object> = {
    "create on behalf of others": { requestedBy: "someone" },
    "create what weakens the gate: allowSelfApproval": { allowSelfApproval: true },
    "create what weakens the gate: AUTO": { approvalType: "AUTO" },
    "create what weakens the gate: conditions": {
      autoApproveConditions: [{ field: "context.size", operator: "EQ", value: 1 }],
    },
    "create what weakens the gate: APPROVE at its end": { timeoutAction: "APPROVE" },
  };

  it.each(CREATIONS)(
    "$covers: everyone may create requests of their own, and only trusted callers may create for others or weaken the gate",
    async ({ create }) => {
      for (const viewer of viewerNames) {
        const answers = Object.entries({ own: {}, ...WEAKENING }).map(async ([about, more]) => [
          about,
          await create(askerOf(viewer), inputOf({ notifyUsers: ["bob"], ...more })),
        ]);
        const expected = Object.keys(WEAKENING).map((about) => {
          const trusted = GENERAL[about.split(":")[0] as string]?.includes(viewer);
          return [about, trusted ? "done" : "FORBIDDEN"];
        });
        expect([viewer, ...(await Promise.all(answers))]).toEqual([viewer, ["own", "done"], ...expected]);
      }
    },
  );

  it.each(CREATIONS)(
    "$covers: the same content returns the creator's request again, and creates a new one for another creator",
    async ({ create }) => {
      const input = inputOf({ notifyUsers: ["nina"] });
      await create(askerOf("requester"), input);
      const again = (viewer: ViewerName) => create(askerOf(viewer), input);
      expect(await again("requester")).toBe("done");
      expect(await again("stranger")).toBe("done");
      const { rows } = await server.database.pool.query(
        "select created_by from approval_requests where execution_id = $1 order by 1",
        [input.executionId],
      );
      const creators = [VIEWERS.requester.userId, VIEWERS.stranger.userId];
      expect(rows.map(({ created_by }) => created_by)).toEqual(creators.sort());
    },
  );
});

describe("a surface for notifications", () => {
  const statusOf = async (id: string) =>
    (await server.database.pool.query("select status from approval_notifications where id = $1", [id])).rows[0].status;

  it.each(MESSAGE_ACTS)(
    "$covers: works on the viewer's own notifications, and changes nobody else's",
    async ({ named, act }) => {
      for (const viewer of viewerNames) {
        const own = await insertMessage(server.database.pool, shown.ids.told, VIEWERS[viewer].userId);
        const others = await insertMessage(server.database.pool, shown.ids.told, "somebody");
        expect([viewer, await act(askerOf(viewer), own)]).toEqual([viewer, "done"]);
        expect([viewer, await act(askerOf(viewer), others)]).toEqual([viewer, named ? "VALIDATION" : "done"]);
        expect(await statusOf(others)).toBe("SENT");
      }
    },
  );

  it.each(DELIVERY_ACTS)("$covers: only viewers with the right may $about", async ({ about, act }) => {
    for (const viewer of viewerNames) {
      const failed = { channel: "EMAIL", status: "FAILED", sent_at: null };
      const id = await insertMessage(server.database.pool, shown.ids.told, "somebody", failed);
      const answer = await act(askerOf(viewer), id);
      expect([viewer, answer]).toEqual([viewer, GENERAL[about]?.includes(viewer) ? "done" : "FORBIDDEN"]);
      if (answer !== "done") expect(await statusOf(id)).toBe("FAILED");
    }
  });
});

describe("a surface for webhook endpoints", () => {
  it.each(ENDPOINT_ACTS)("$covers: only viewers with the right may $about", async ({ about, act }) => {
    for (const viewer of viewerNames) {
      const id = await disabledEndpoint(server.database.pool);
      const answer = await act(askerOf(viewer), id);
      expect([viewer, answer]).toEqual([viewer, GENERAL[about]?.includes(viewer) ? "done" : "FORBIDDEN"]);
      const { rowCount } = await server.database.pool.query(
        "select 1 from approval_webhook_endpoints where disabled_at is null",
      );
      expect(rowCount).toBe(about === "enable webhook endpoints" && answer === "done" ? 1 : 0);
      await server.database.pool.query("delete from approval_webhook_endpoints");
    }
  });
});

describe("a surface for workflows", () => {
  it.each(WORKFLOW_ACTS)("$covers: only viewers with the right may $about", async ({ about, act }) => {
    const { pool } = server.database;
    const contents = async ({ id, failedId }: StoredRun) => {
      const { rows } = await pool.query(
        `select r.version, r.cancelled_by,
           (select generation from workflow_runs where id = $2) as retries,
           (select count(*)::int from workflow_runs where started_from_checkpoint = c.id) as restarts
           from workflow_runs r join approval_checkpoints c using (workflow_id, execution_id) where r.id = $1`,
        [id, failedId],
      );
      return rows[0];
    };
    for (const viewer of viewerNames) {
      const run = await storeRun(pool);
      const before = await contents(run);
      const isAllowed = GENERAL[about]?.includes(viewer);
      expect([viewer, await act(askerOf(viewer), run)]).toEqual([
        viewer,
        isAllowed ? "done" : refusalOf(about, viewer),
      ]);
      const changes = isAllowed && about === "steer a run";
      expect([viewer, JSON.stringify(await contents(run)) !== JSON.stringify(before)]).toEqual([viewer, changes]);
    }
  });
});

describe.each(TRANSPORTS)("Subscription.pendingApprovalsUpdated over %s", (transport) => {
  it("notifies every viewer of the requests that enter their inbox, and of no other", async () => {
    const query = "subscription { pendingApprovalsUpdated { change request { id title } } }";
    await expect.poll(listeners, patiently).toBe(idle);
    const LAST = "The last over ";
    const last = `${LAST}${transport}`;
    const lists = viewerNames.map(async (name) => {
      const added: string[] = [];
      for await (const { pendingApprovalsUpdated } of askerOf(name).follow(transport, query)) {
        const { change, request } = pendingApprovalsUpdated;
        if (request.title === last) return added;
        // The stream starts with the changes of its first moments: the last request over another transport may be one.
        if (change === "ADDED" && !request.title.startsWith(LAST)) added.push(request.id);
      }
      throw new Error("the stream ended");
    });
    // One for each inbox, and one that reads the rows for all of them.
    await expect.poll(listeners, patiently).toBe(idle + viewerNames.length + 1);
    const ids = await forEach((policy) => make(policy));
    await makeForEveryone({ title: last });

    const found = (await Promise.all(lists)).map((added, index) => {
      const policies = policyNames.filter((policy) => added.includes(ids[policy]));
      return [viewerNames[index], added.length === policies.length, policies];
    });
    expect(found).toEqual(viewerNames.map((name) => [name, true, policiesWith("decide", name)]));
  });
});

describe("without a valid token", () => {
  const acts = ACTS.map(({ covers, act }: Act) => ({ covers, ask: (asker: Asker) => act(asker, shown.ids.told) }));
  const creations = CREATIONS.map(({ covers, create }) => ({
    covers,
    ask: (asker: Asker) => create(asker, inputOf()),
  }));
  const readings = READINGS.map(({ covers, ask }) => ({ covers, ask: (asker: Asker) => ask(asker, shown) }));
  const messages = [...MESSAGE_ACTS, ...DELIVERY_ACTS, ...ENDPOINT_ACTS].map(({ covers, act }) => ({
    covers,
    ask: (asker: Asker) => act(asker, "one"),
  }));
  const workflows = WORKFLOW_ACTS.map(({ covers, act }) => ({
    covers,
    ask: (asker: Asker) => act(asker, { id: shown.ids.told, failedId: shown.ids.told, checkpointId: randomUUID() }),
  }));
  const everything = [...readings, ...acts, ...creations, ...FIGURES, ...messages, ...workflows];

  it.each([
    ["no token", async () => null],
    ["an expired token", () => tokenFor("adam", { scope: "approvals:admin", expiresIn: -60 })],
    ["a token without an expiry", () => tokenFor("adam", { scope: "approvals:admin", expiresIn: null })],
    ["a token signed with another key", () => tokenFor("adam", { scope: "approvals:admin", secret: `${SECRET}!` })],
    ["a token with an empty subject", () => tokenFor("", { scope: "approvals:admin" })],
  ])("every surface refuses %s", async (_kind, token) => {
    const asker = new Asker(server, await token());
    const taken = await inTurns(everything, async ({ covers, ask }) =>
      (await isRefused(() => ask(asker))) ? [] : [covers],
    );
    expect(taken.flat()).toEqual([]);
    await asker.close();
  });
});

/** Sixteen at a time. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (next < items.length) {
        const index = next++;
        results[index] = await work(items[index] as T);
      }
    }),
  );
  return results;
}
