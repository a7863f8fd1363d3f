import { describe, expect, it } from "vitest";
import type { Effects } from "../../src/approvals/effects.ts";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import {
  type Destinations,
  endpointDisabled,
  noteDelivered,
  notificationsOf,
} from "../../src/approvals/notifications.ts";
import type { ApprovalRequest, ApprovalRequestInput, Caller } from "../../src/model/approvals.ts";
import { NOBODY_KNOWN } from "../../src/model/known-people.ts";
import { type Addressee, unknownPerson } from "../../src/model/notifications.ts";
import { byName, type KnownName, personsOf } from "../../src/model/same-person.ts";
import { admin, at, callerOf, orchestrator, requestOf, START, viewerOf } from "../support/approvals/requests.ts";

const MIN = 60_000;
const NOWHERE: Destinations = { slackChannel: null, webhook: null };
const EVERYWHERE: Destinations = { slackChannel: "#approvals", webhook: "https://hooks.example.com/gate" };

const person = (id: string, more: Partial<Addressee> = {}): Addressee => ({
  ...unknownPerson(id),
  ...more,
});

interface Known {
  people?: Addressee[];
  persons?: KnownName[];
  commenters?: string[];
  destinations?: Destinations;
  now?: Date;
}

/** The notifications that these effects cause, as `kind channel recipient`, sorted. */
function linesOf(effects: Effects, caller: Caller | null, known: Known = {}): string[] {
  const { people = [], commenters = [], destinations = NOWHERE, now = START } = known;
  const audience = {
    people: new Map(people.map((one) => [one.id, one])),
    commenters: new Map([[effects.request.id, commenters]]),
    personOf: personsOf(known.persons ?? []),
  };
  const { notifications } = notificationsOf(effects, caller, audience, destinations, now);
  return notifications.map(({ kind, channel, recipient }) => `${kind} ${channel} ${recipient}`).sort();
}

const created = (input: Partial<ApprovalRequestInput>, creator = "ann"): Effects => {
  const request = requestOf(input, creator);
  return {
    request,
    events: [
      {
        requestId: request.id,
        action: "CREATED",
        byCaller: true,
        oldStatus: null,
        newStatus: "PENDING",
        comment: null,
        metadata: {},
      },
    ],
  };
};

const decided = (request: ApprovalRequest, by: string, decision: "APPROVE" | "REJECT" = "APPROVE") =>
  lifecycle.decide(
    request,
    { viewer: viewerOf(by), decision, comment: "fine", reason: null, contextDigest: null, issues: [] },
    START,
    NOBODY_KNOWN,
  );

const ann = callerOf("ann");

describe("a new request", () => {
  it("notifies everyone it names, and everyone who is known to have a role that it names", () => {
    const people = [person("rolf", { roles: ["ops"] }), person("sam", { roles: ["sales"] })];
    const input = { notifyUsers: ["bob"], allowedApprovers: ["cleo"], notifyRoles: ["ops"] };
    expect(linesOf(created(input), ann, { people })).toEqual([
      "REQUESTED IN_APP bob",
      "REQUESTED IN_APP cleo",
      "REQUESTED IN_APP rolf",
    ]);
  });

  it("notifies nobody twice, and the requester only if they may decide", () => {
    const people = [person("bob", { roles: ["ops"] }), person("ann", { roles: ["ops"] })];
    const input = { notifyUsers: ["bob", "ann"], notifyRoles: ["ops"] };
    expect(linesOf(created(input), ann, { people })).toEqual(["REQUESTED IN_APP bob"]);
    expect(linesOf(created({ ...input, allowSelfApproval: true }), ann, { people })).toEqual([
      "REQUESTED IN_APP ann",
      "REQUESTED IN_APP bob",
    ]);
  });

  it("uses the request's channels, without those that a person has muted", () => {
    const people = [person("bob", { mutedChannels: ["EMAIL"] })];
    const effects = created({ notifyUsers: ["bob", "cleo"], notifyChannels: ["EMAIL", "IN_APP", "SLACK"] });
    expect(linesOf(effects, ann, { people })).toEqual([
      "REQUESTED EMAIL cleo",
      "REQUESTED IN_APP bob",
      "REQUESTED IN_APP cleo",
      "REQUESTED SLACK bob",
      "REQUESTED SLACK cleo",
    ]);
  });

  it("is always posted to the Slack channel, and to the endpoint if it names WEBHOOK", () => {
    expect(linesOf(created({}), ann, { destinations: EVERYWHERE })).toEqual([
      "REQUESTED IN_APP bob",
      "REQUESTED SLACK #approvals",
    ]);
    expect(linesOf(created({ notifyChannels: ["WEBHOOK"] }), ann, { destinations: EVERYWHERE })).toEqual([
      "REQUESTED SLACK #approvals",
      "REQUESTED WEBHOOK https://hooks.example.com/gate",
    ]);
    expect(linesOf(created({ notifyChannels: ["WEBHOOK"] }), ann)).toEqual(["REQUESTED WEBHOOK WEBHOOK_URL"]);
  });
});

describe("an outcome", () => {
  it("notifies the requester and everyone who was asked, but not the actor", () => {
    const request = requestOf({ notifyUsers: ["bob", "cleo"] });
    expect(linesOf(decided(request, "bob"), callerOf("bob"))).toEqual(["DECIDED IN_APP ann", "DECIDED IN_APP cleo"]);
    const cancelled = lifecycle.cancel(request, viewerOf("ann"), null, START);
    expect(linesOf(cancelled, ann)).toEqual(["CANCELLED IN_APP bob", "CANCELLED IN_APP cleo"]);
    expect(linesOf(lifecycle.expire(request, at(60 * MIN)), null)).toEqual([
      "TIMED_OUT IN_APP ann",
      "TIMED_OUT IN_APP bob",
      "TIMED_OUT IN_APP cleo",
    ]);
  });

  it("notifies the decider only on Slack, to remove the buttons, and not the requester who cancels", () => {
    const request = requestOf({ notifyChannels: ["IN_APP", "SLACK"] });
    expect(linesOf(decided(request, "bob"), callerOf("bob"))).toEqual([
      "DECIDED IN_APP ann",
      "DECIDED SLACK ann",
      "DECIDED SLACK bob",
    ]);
    expect(linesOf(lifecycle.cancel(request, viewerOf("ann"), null, START), ann)).toEqual([
      "CANCELLED IN_APP bob",
      "CANCELLED SLACK bob",
    ]);
  });

  it("is not sent for an approval that does not complete the quorum", () => {
    const request = requestOf({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const first = decided(request, "bob");
    expect(linesOf(first, callerOf("bob"))).toEqual([]);
    expect(linesOf(decided(first.request, "cleo"), callerOf("cleo"))).toEqual([
      "DECIDED IN_APP ann",
      "DECIDED IN_APP bob",
    ]);
  });

  it("of a request that is approved at once notifies the requester, and programs also of the request", () => {
    const request = requestOf({ approvalType: "AUTO", notifyChannels: ["IN_APP", "WEBHOOK"] });
    const { events } = created({});
    const approved = { ...(events[0] as Effects["events"][number]), action: "APPROVED", byCaller: false } as const;
    const effects = { request, events: [...events, { ...approved, newStatus: "APPROVED" as const }] };
    expect(linesOf(effects, ann, { destinations: EVERYWHERE })).toEqual([
      "DECIDED IN_APP ann",
      "DECIDED SLACK #approvals",
      "DECIDED WEBHOOK https://hooks.example.com/gate",
      "REQUESTED WEBHOOK https://hooks.example.com/gate",
    ]);
  });

  it("is all that the callback receives, without the secrets of its address", () => {
    const callbackUrl = "https://user:pass@flow.example.com/resume?token=secret#x";
    const request = requestOf({ callbackUrl: "https://flow.example.com/resume", notifyChannels: ["WEBHOOK"] });
    request.callbackUrl = callbackUrl;
    expect(linesOf(decided(request, "bob", "REJECT"), callerOf("bob"), { destinations: EVERYWHERE })).toEqual([
      "DECIDED SLACK #approvals",
      "DECIDED WEBHOOK https://flow.example.com/resume",
      "DECIDED WEBHOOK https://hooks.example.com/gate",
    ]);
    const escalated = requestOf({ callbackUrl: "https://flow.example.com/resume", escalateToUsers: ["esther"] });
    expect(linesOf(lifecycle.escalate(escalated, viewerOf("ann"), null, START), ann)).toEqual([
      "ESCALATED IN_APP esther",
    ]);
  });
});

describe("a notification that must reach a person", () => {
  const ALL = ["SLACK", "EMAIL", "IN_APP"] as const;

  it.each([
    ["EMAIL, if only that is muted, in the app", ["EMAIL"], ["EMAIL"], "IN_APP"],
    ["EMAIL and SLACK, if EMAIL is muted, on Slack", ["EMAIL", "SLACK"], ["EMAIL"], "SLACK"],
    ["EMAIL, if everything is muted, by email nevertheless", ["EMAIL"], ALL, "EMAIL"],
    ["WEBHOOK alone, in the app", ["WEBHOOK"], [], "IN_APP"],
  ] as const)("is sent for a request with %s", (_what, notifyChannels, mutedChannels, expected) => {
    const request = requestOf({ notifyChannels: [...notifyChannels], escalateToUsers: ["esther"] });
    const known = {
      people: [
        person("esther", { mutedChannels: [...mutedChannels] }),
        person("bob", { mutedChannels: [...mutedChannels] }),
      ],
    };
    const personal = (lines: string[]) => lines.filter((one) => !one.includes("WEBHOOK"));
    expect(personal(linesOf(lifecycle.escalate(request, viewerOf("ann"), null, START), ann, known))).toEqual([
      `ESCALATED ${expected} esther`,
    ]);
    const urgent = { ...known, now: at(50 * MIN) };
    expect(linesOf(lifecycle.remind(request, at(50 * MIN)), null, urgent)).toEqual([`URGENT ${expected} bob`]);
  });

  it("is never another: a person who mutes everything receives neither requests nor outcomes", () => {
    const people = [person("bob", { mutedChannels: [...ALL] }), person("ann", { mutedChannels: [...ALL] })];
    expect(linesOf(created({}), ann, { people })).toEqual([]);
    expect(linesOf(decided(requestOf(), "bob"), callerOf("bob"), { people })).toEqual([]);
  });
});

describe("a reminder", () => {
  it("notifies everyone who can decide and has not decided yet", () => {
    const request = requestOf({
      notifyUsers: ["bob", "cleo", "nina"],
      requireMinApprovers: 2,
      remindBeforeMs: 30 * MIN,
    });
    const { request: half } = decided({ ...request, allowedApprovers: ["bob", "cleo", "dan"] }, "bob");
    const people = [person("cleo", { mutedChannels: ["IN_APP"] })];
    const effects = lifecycle.remind(half, at(30 * MIN));
    expect(linesOf(effects, null, { now: at(30 * MIN) })).toEqual(["REMINDER IN_APP cleo", "REMINDER IN_APP dan"]);
    expect(linesOf(effects, null, { now: at(30 * MIN), people })).toEqual(["REMINDER IN_APP dan"]);
  });
});

describe("a comment", () => {
  it("notifies the participants who may see the request, and not its author", () => {
    const request = requestOf({ notifyUsers: ["bob", "cleo", "dan"], requireMinApprovers: 2 });
    const { request: half } = decided(request, "bob");
    const known = { commenters: ["dan", "gone", "cleo"] };
    expect(linesOf(lifecycle.comment(half, viewerOf("cleo"), "why?"), callerOf("cleo"), known)).toEqual([
      "COMMENTED IN_APP ann",
      "COMMENTED IN_APP bob",
      "COMMENTED IN_APP dan",
    ]);
  });
});

describe("a comment on a rejected request", () => {
  it("notifies the person who rejected it", () => {
    const { request: rejected } = decided(requestOf({ notifyUsers: ["bob", "cleo"] }), "bob", "REJECT");
    expect(linesOf(lifecycle.comment(rejected, viewerOf("ann"), "Why not?"), ann)).toEqual(["COMMENTED IN_APP bob"]);
  });
});

describe("a notification", () => {
  it("has its actor, their comment, and the status of the request", () => {
    const { notifications } = notificationsOf(
      decided(requestOf({ title: "Deploy?" }), "bob", "REJECT"),
      callerOf("bob"),
      { people: new Map(), commenters: new Map(), personOf: byName },
      NOWHERE,
      START,
    );
    expect(notifications).toEqual([
      expect.objectContaining({
        subject: "Deploy?",
        body: "fine",
        recipient: "ann",
        metadata: { to: "person", actor: "bob", comment: "fine", status: "REJECTED" },
      }),
    ]);
  });

  it("in the app is logged with all its recipients, and one on another channel when it is sent", () => {
    const audience = { people: new Map(), commenters: new Map(), personOf: byName };
    const effects = created({ notifyUsers: ["bob", "cleo"], notifyChannels: ["IN_APP", "EMAIL"] });
    const { events } = notificationsOf(effects, ann, audience, NOWHERE, START);
    expect(events.map(({ action, metadata, byCaller }) => ({ action, metadata, byCaller }))).toEqual([
      {
        action: "NOTIFIED",
        byCaller: false,
        metadata: { kind: "REQUESTED", channel: "IN_APP", recipients: ["bob", "cleo"] },
      },
    ]);
    const sent = { subject: null, body: null, externalId: null, externalUrl: null };
    const receipt = { id: "n", kind: "REQUESTED", channel: "EMAIL", recipient: "bob", ...sent } as const;
    const noted = noteDelivered(effects.request, [receipt]);
    expect(noted.request).toBe(effects.request);
    expect(noted.events.map(({ metadata }) => metadata)).toEqual([
      { kind: "REQUESTED", channel: "EMAIL", recipients: ["bob"], notificationId: "n" },
    ]);
  });
});

describe("an endpoint that was disabled", () => {
  it("notifies admins in the app, and by email unless they mute it", () => {
    const admins = [person("adam"), person("alva", { mutedChannels: ["EMAIL", "IN_APP"] })];
    const effects = endpointDisabled(requestOf(), "https://hooks.example.com/gate", admins);
    expect(linesOf(effects, null)).toEqual([
      "ENDPOINT_DISABLED EMAIL adam",
      "ENDPOINT_DISABLED IN_APP adam",
      "ENDPOINT_DISABLED IN_APP alva",
    ]);
    expect(effects.notifications?.[0]?.metadata).toMatchObject({ endpoint: "https://hooks.example.com/gate" });
    expect(endpointDisabled(requestOf(), "https://hooks.example.com/gate", []).events).toEqual([]);
  });
});

describe("the audit log, which everyone who sees the request may read", () => {
  it("has only the origin of a webhook's address", () => {
    const recipient = "https://flows.example.com:8443/resume/a-secret";
    const receipt = {
      id: "1",
      kind: "DECIDED",
      subject: null,
      body: null,
      externalId: null,
      externalUrl: null,
    } as const;
    const logged = (channel: "WEBHOOK" | "SLACK", to: string) =>
      noteDelivered(requestOf(), [{ ...receipt, channel, recipient: to }]).events[0]?.metadata.recipients;
    expect(logged("WEBHOOK", recipient)).toEqual(["https://flows.example.com:8443"]);
    expect(logged("WEBHOOK", "WEBHOOK_URL")).toEqual(["WEBHOOK_URL"]);
    expect(logged("SLACK", "#approvals")).toEqual(["#approvals"]);
    const [event] = endpointDisabled(requestOf(), recipient, [person("adam")]).events;
    expect(event?.metadata.endpoint).toBe("https://flows.example.com:8443");
  });
});

describe("a creator who acts for another", () => {
  it("is not notified of the outcome, but the requester is", () => {
    const request = requestOf({ requestedBy: "rita" }, orchestrator.userId);
    expect(linesOf(decided(request, "bob"), callerOf("bob"))).toEqual(["DECIDED IN_APP rita"]);
    const cancelled = lifecycle.cancel(request, admin, null, START);
    expect(linesOf(cancelled, callerOf(admin))).toEqual(["CANCELLED IN_APP bob", "CANCELLED IN_APP rita"]);
  });
});
