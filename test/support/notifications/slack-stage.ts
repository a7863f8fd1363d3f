/**
 * The core, Slack, and the connections in both directions. Tests deliver notifications one by one; the outbox is real,
 * and the outcome of each delivery is stored as the worker does.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { pino } from "pino";
import { noteDelivered } from "../../../src/approvals/notifications.ts";
import { canDecideNow } from "../../../src/approvals/policy.ts";
import { addresseesById } from "../../../src/db/queries/audience.ts";
import { putPeople } from "../../../src/db/queries/directory.ts";
import { NOTIFICATION_COLUMNS } from "../../../src/db/queries/notifications.ts";
import { requestsById } from "../../../src/db/queries/requests.ts";
import { errorFields } from "../../../src/log.ts";
import type { ApprovalAuditLog, ApprovalRequest, ApprovalRequestInput } from "../../../src/model/approvals.ts";
import { type ApprovalNotification, unknownPerson } from "../../../src/model/notifications.ts";
import { byName } from "../../../src/model/same-person.ts";
import type { Channel, Delivery, Sent } from "../../../src/notifications/channel.ts";
import { createSlackChannel } from "../../../src/notifications/channels/slack.ts";
import { createTemplates } from "../../../src/notifications/templates.ts";
import { HttpError, sendProblem } from "../../../src/server/http.ts";
import { createSlackInteractions, type SlackInteractionsOptions } from "../../../src/server/slack/interactions.ts";
import { type Core, startCore } from "../approvals/core.ts";
import { callerOf, inputOf, orchestrator } from "../approvals/requests.ts";
import { createTestDatabase } from "../db/database.ts";
import { type SlackServer, startSlack } from "./slack-server.ts";
import type { SlackConversation, SlackMessage, SlackUser } from "./slack-workspace.ts";

export const PUBLIC_URL = "https://approvals.example.org";

type AuditColumn = "action" | "userId" | "userEmail" | "ipAddress" | "userAgent" | "comment" | "metadata";

export interface SlackStage extends Pick<Core, "pool" | "manager"> {
  slack: SlackServer;
  channel: Channel;
  /** SLACK_CHANNEL. */
  releases: SlackConversation;
  bob: SlackUser;
  cleo: SlackUser;
  /** Where interactions are sent to. */
  appUrl: string;
  log(): string;
  /** A new request for bob on Slack. */
  ask(more?: Partial<ApprovalRequestInput>): Promise<ApprovalRequest>;
  request(id: string): Promise<ApprovalRequest>;
  audit(request: ApprovalRequest): Promise<Pick<ApprovalAuditLog, AuditColumn>[]>;
  /** The outbox's rows for Slack about a request, oldest first. */
  rows(request: ApprovalRequest): Promise<ApprovalNotification[]>;
  delivery(row: ApprovalNotification): Promise<Delivery>;
  /** One attempt, as a worker makes it; its outcome is stored when it succeeds. */
  attempt(row: ApprovalNotification, signal?: AbortSignal): Promise<Sent>;
  /** Delivers the due messages of a request. */
  deliverAll(request: ApprovalRequest): Promise<void>;
  /** The same for a new request, and bob's message. */
  askBob(more?: Partial<ApprovalRequestInput>): Promise<{ request: ApprovalRequest; message: SlackMessage }>;
  stop(): Promise<void>;
}

/**
 * @param options of the interactions; by default a press is acknowledged when it is done, however slow the machine is
 */
export async function startSlackStage(options: Partial<SlackInteractionsOptions> = {}): Promise<SlackStage> {
  const database = await createTestDatabase();
  const core = await startCore(database.url, { destinations: { slackChannel: "releases", webhook: null } });
  const { pool, manager } = core;
  const slack = await startSlack();
  const { workspace } = slack;
  const releases = workspace.addChannel("releases");
  const [bob, cleo] = ["bob@example.org", "Cleo@Example.org", "ann@example.org"].map((email) =>
    workspace.addUser(email),
  );
  await putPeople(
    pool,
    ["ann", "bob", "cleo"].map((id) => ({ id, email: `${id}@example.org`, roles: [], locale: null, zone: null })),
  );

  let logged = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  const log = pino({ level: "debug", serializers: { err: errorFields } }, sink);
  const shared = { slack: slack.settings, pool, publicUrl: () => PUBLIC_URL, log };
  const channel = createSlackChannel({ ...shared, templates: createTemplates({ dir: null, log }) });
  const interact = createSlackInteractions({ ...shared, manager, acknowledgeWithin: 60_000, ...options });
  const server = createServer((req, res) => {
    interact(req, res).catch((error: unknown) =>
      error instanceof HttpError ? sendProblem(res, error) : res.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const stage: SlackStage = {
    pool,
    manager,
    slack,
    channel,
    releases,
    bob: bob as SlackUser,
    cleo: cleo as SlackUser,
    appUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/integrations/slack/interactions`,
    log: () => logged,
    async ask(more = {}) {
      const input = inputOf({ notifyChannels: ["SLACK"], requestedBy: "ann", ...more });
      return (await manager.createRequest(input, callerOf(orchestrator))).request;
    },
    request: async (id) => (await requestsById(pool, [id]))[0] as ApprovalRequest,
    async audit({ id }) {
      const { rows } = await pool.query(
        `select action, user_id as "userId", user_email as "userEmail", ip_address as "ipAddress",
                user_agent as "userAgent", comment, metadata
           from approval_audit_log where approval_request_id = $1 order by tx, seq`,
        [id],
      );
      return rows;
    },
    async rows({ id }) {
      const { rows } = await pool.query<ApprovalNotification>(
        `select ${NOTIFICATION_COLUMNS} from approval_notifications n
          where n.approval_request_id = $1 and n.channel = 'SLACK' order by n.id`,
        [id],
      );
      return rows;
    },
    async delivery(notification) {
      const request = await stage.request(notification.approvalRequestId);
      const [known] = await addresseesById(pool, [notification.recipient]);
      const person = notification.metadata.to === "person" ? (known ?? unknownPerson(notification.recipient)) : null;
      const now = new Date();
      const canDecide =
        person !== null && canDecideNow(request, { userId: person.id, roles: person.roles }, now, byName);
      return { notification, request, person, isKnown: known !== undefined, canDecide, now };
    },
    async attempt(row, signal = new AbortController().signal) {
      const sent = await channel.send(await stage.delivery(row), signal);
      const { id, kind, recipient } = row;
      const { subject = null, body = null, externalId = null, externalUrl = null } = sent;
      const receipt = { id, kind, channel: "SLACK" as const, recipient, subject, body, externalId, externalUrl };
      await manager.note(row.approvalRequestId, (request) => noteDelivered(request, [receipt]));
      return sent;
    },
    async deliverAll(request) {
      for (const row of await stage.rows(request)) if (row.nextAttemptAt !== null) await stage.attempt(row);
    },
    async askBob(more) {
      const request = await stage.ask(more);
      await stage.deliverAll(request);
      return { request, message: messageAbout(request, workspace.messagesIn(stage.bob)) };
    },
    async stop() {
      await channel.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await slack.stop();
      await core.close();
      await database.drop();
      const secrets = [slack.settings.botToken, slack.settings.signingSecret];
      if (secrets.some((secret) => logged.includes(secret))) throw new Error("the log holds a secret");
    },
  };
  return stage;
}

/** The only message about a request among these. */
export function messageAbout(request: Pick<ApprovalRequest, "id">, messages: readonly SlackMessage[]): SlackMessage {
  const found = messages.filter(({ metadata }) => metadata?.event_payload.request === request.id);
  if (found.length !== 1) throw new Error(`there are ${found.length} messages about the request`);
  return found[0] as SlackMessage;
}
