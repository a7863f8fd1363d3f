import { describe, expect, it } from "vitest";
import type { Effects } from "../../src/approvals/effects.ts";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import { type Destinations, endpointDisabled, noteDelivered, noticesOf } from "../../src/approvals/notices.ts";
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

/** `kind channel recipient`, sorted; what is caused by these effects. */
function told(effects: Effects, caller: Caller | null, known: Known = {}): string[] {
  const { people = [], commenters = [], destinations = NOWHERE, now = START } = known;
  const audience = {
    people: new Map(people.map((one) => [one.id, one])),
    commenters: new Map([[effects.request.id, commenters]]),
    personOf: personsOf(known.persons ?? []),
  };
  const { notifications } = noticesOf(effects, caller, audience, destinations, now);
  return notifications.map(({ kind, channel, recipient }) => `${kind} ${channel} ${recipient}`).sort();
}

const created = (input: Partial<ApprovalRequestInput>, creator = "ann"): Effects => {
  const request = requestOf(input, creator);
  return {
    request,
    events: [
      {
        ...{ requestId: request.id, action: "CREATED", byCaller: true, oldStatus: null, newStatus: "PENDING" },
        ...{ comment: null, metadata: {} },
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
  it("is told to everyone it names, and to those who are known to hold a role that it names", () => {
    const people = [person("rolf", { roles: ["ops"] }), person("sam", { roles: ["sales"] })];
    const input = { notifyUsers: ["bob"], allowedApprovers: ["cleo"], notifyRoles: ["ops"] };
    expect(told(created(input), ann, { people })).toEqual([
      "REQUESTED IN_APP bob",
      "REQUESTED IN_APP cleo",
      "REQUESTED IN_APP rolf",
    ]);
  });

  it("is told to nobody twice, and to whoever asks only where they may decide", () => {
    const people = [person("bob", { roles: ["ops"] }), person("ann", { roles: ["ops"] })];
    const input = { notifyUsers: ["bob", "ann"], notifyRoles: ["ops"] };
    expect(told(created(input), ann, { people })).toEqual(["REQUESTED IN_APP bob"]);
    expect(told(created({ ...input, allowSelfApproval: true }), ann, { people })).toEqual([
      "REQUESTED IN_APP ann",
      "REQUESTED IN_APP bob",
    ]);
  });

  it("goes out on the request's channels, less those that a person has muted", () => {
    const people = [person("bob", { mutedChannels: ["EMAIL"] })];
    const effects = created({ notifyUsers: ["bob", "cleo"], notifyChannels: ["EMAIL", "IN_APP", "SLACK"] });
    expect(told(effects, ann, { people })).toEqual([
      "REQUESTED EMAIL cleo",
      "REQUESTED IN_APP bob",
      "REQUESTED IN_APP cleo",
      "REQUESTED SLACK bob",
      "REQUESTED SLACK cleo",
    ]);
  });

  it("is posted to the Slack channel always, and to the endpoint where it names the channel", () => {
    expect(told(created({}), ann, { destinations: EVERYWHERE })).toEqual([
      "REQUESTED IN_APP bob",
      "REQUESTED SLACK #approvals",
    ]);
    expect(told(created({ notifyChannels: ["WEBHOOK"] }), ann, { destinations: EVERYWHERE })).toEqual([
      "REQUESTED SLACK #approvals",
      "REQUESTED WEBHOOK https://hooks.example.com/gate",
    ]);
    expect(told(created({ notifyChannels: ["WEBHOOK"] }), ann)).toEqual(["REQUESTED WEBHOOK WEBHOOK_URL"]);
  });
});

describe("an outcome", () => {
  it("is told to the requester and to those who had been asked, but not to whoever brought it about", () => {
    const request = requestOf({ notifyUsers: ["bob", "cleo"] });
    expect(told(decided(request, "bob"), callerOf("bob"))).toEqual(["DECIDED IN_APP ann", "DECIDED IN_APP cleo"]);
    const cancelled = lifecycle.cancel(request, viewerOf("ann"), null, START);
    expect(told(cancelled, ann)).toEqual(["CANCELLED IN_APP bob", "CANCELLED IN_APP cleo"]);
    expect(told(lifecycle.expire(request, at(60 * MIN)), null)).toEqual([
      "TIMED_OUT IN_APP ann",
      "TIMED_OUT IN_APP bob",
      "TIMED_OUT IN_APP cleo",
    ]);
  });

  it("reaches whoever decided on Slack alone, so that their buttons go, and the requester who withdraws nowhere", () => {
    const request = requestOf({ notifyChannels: ["IN_APP", "SLACK"] });
    expect(told(decided(request, "bob"), callerOf("bob"))).toEqual([
      "DECIDED IN_APP ann",
      "DECIDED SLACK ann",
      "DECIDED SLACK bob",
    ]);
    expect(told(lifecycle.cancel(request, viewerOf("ann"), null, START), ann)).toEqual([
      "CANCELLED IN_APP bob",
      "CANCELLED SLACK bob",
    ]);
  });

  it("is none while others have to join an approval", () => {
    const request = requestOf({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const first = decided(request, "bob");
    expect(told(first, callerOf("bob"))).toEqual([]);
    expect(told(decided(first.request, "cleo"), callerOf("cleo"))).toEqual([
      "DECIDED IN_APP ann",
      "DECIDED IN_APP bob",
    ]);
  });

  it("of what was approved at once is told to the requester alone, and to programs from the beginning", () => {
    const request = requestOf({ approvalType: "AUTO", notifyChannels: ["IN_APP", "WEBHOOK"] });
    const { events } = created({});
    const approved = { ...(events[0] as Effects["events"][number]), action: "APPROVED", byCaller: false } as const;
    const effects = { request, events: [...events, { ...approved, newStatus: "APPROVED" as const }] };
    expect(told(effects, ann, { destinations: EVERYWHERE })).toEqual([
      "DECIDED IN_APP ann",
      "DECIDED SLACK #approvals",
      "DECIDED WEBHOOK https://hooks.example.com/gate",
      "REQUESTED WEBHOOK https://hooks.example.com/gate",
    ]);
  });

  it("is all that the callback hears, without what its address keeps secret", () => {
    const callbackUrl = "https://user:pass@flow.example.com/resume?token=secret#x";
    const request = requestOf({ callbackUrl: "https://flow.example.com/resume", notifyChannels: ["WEBHOOK"] });
    request.callbackUrl = callbackUrl;
    expect(told(decided(request, "bob", "REJECT"), callerOf("bob"), { destinations: EVERYWHERE })).toEqual([
      "DECIDED SLACK #approvals",
      "DECIDED WEBHOOK https://flow.example.com/resume",
      "DECIDED WEBHOOK https://hooks.example.com/gate",
    ]);
    const escalated = requestOf({ callbackUrl: "https://flow.example.com/resume", escalateToUsers: ["esther"] });
    expect(told(lifecycle.escalate(escalated, viewerOf("ann"), null, START), ann)).toEqual(["ESCALATED IN_APP esther"]);
  });
});

describe("what must reach a person", () => {
  const deaf = ["SLACK", "EMAIL", "IN_APP"] as const;

  it.each([
    ["mail, where that alone is muted, in the app", ["EMAIL"], ["EMAIL"], "IN_APP"],
    ["mail and Slack, where mail is muted, on Slack", ["EMAIL", "SLACK"], ["EMAIL"], "SLACK"],
    ["mail, where everything is muted, by mail all the same", ["EMAIL"], deaf, "EMAIL"],
    ["programs alone, in the app", ["WEBHOOK"], [], "IN_APP"],
  ] as const)("goes out: of a request that tells by %s", (_what, notifyChannels, mutedChannels, expected) => {
    const request = requestOf({ notifyChannels: [...notifyChannels], escalateToUsers: ["esther"] });
    const known = {
      people: [
        person("esther", { mutedChannels: [...mutedChannels] }),
        person("bob", { mutedChannels: [...mutedChannels] }),
      ],
    };
    const personal = (told: string[]) => told.filter((one) => !one.includes("WEBHOOK"));
    expect(personal(told(lifecycle.escalate(request, viewerOf("ann"), null, START), ann, known))).toEqual([
      `ESCALATED ${expected} esther`,
    ]);
    const urgent = { ...known, now: at(50 * MIN) };
    expect(told(lifecycle.remind(request, at(50 * MIN)), null, urgent)).toEqual([`URGENT ${expected} bob`]);
  });

  it("is not the rest: who mutes everything hears of neither requests nor outcomes", () => {
    const people = [person("bob", { mutedChannels: [...deaf] }), person("ann", { mutedChannels: [...deaf] })];
    expect(told(created({}), ann, { people })).toEqual([]);
    expect(told(decided(requestOf(), "bob"), callerOf("bob"), { people })).toEqual([]);
  });
});

describe("a reminder", () => {
  it("goes to those who can decide and have not", () => {
    const request = requestOf({
      notifyUsers: ["bob", "cleo", "nina"],
      requireMinApprovers: 2,
      remindBeforeMs: 30 * MIN,
    });
    const { request: half } = decided({ ...request, allowedApprovers: ["bob", "cleo", "dan"] }, "bob");
    const people = [person("cleo", { mutedChannels: ["IN_APP"] })];
    const effects = lifecycle.remind(half, at(30 * MIN));
    expect(told(effects, null, { now: at(30 * MIN) })).toEqual(["REMINDER IN_APP cleo", "REMINDER IN_APP dan"]);
    expect(told(effects, null, { now: at(30 * MIN), people })).toEqual(["REMINDER IN_APP dan"]);
  });
});

describe("a comment", () => {
  it("is told to those who take part, while they may see the request, and not to its author", () => {
    const request = requestOf({ notifyUsers: ["bob", "cleo", "dan"], requireMinApprovers: 2 });
    const { request: half } = decided(request, "bob");
    const known = { commenters: ["dan", "gone", "cleo"] };
    expect(told(lifecycle.comment(half, viewerOf("cleo"), "why?"), callerOf("cleo"), known)).toEqual([
      "COMMENTED IN_APP ann",
      "COMMENTED IN_APP bob",
      "COMMENTED IN_APP dan",
    ]);
  });
});

describe("a comment on what is rejected", () => {
  it("is told to whoever rejected it", () => {
    const { request: rejected } = decided(requestOf({ notifyUsers: ["bob", "cleo"] }), "bob", "REJECT");
    expect(told(lifecycle.comment(rejected, viewerOf("ann"), "Why not?"), ann)).toEqual(["COMMENTED IN_APP bob"]);
  });
});

describe("a message", () => {
  it("holds who caused it, what they said, and where the request stood", () => {
    const { notifications } = noticesOf(
      decided(requestOf({ title: "Deploy?" }), "bob", "REJECT"),
      callerOf("bob"),
      { people: new Map(), commenters: new Map(), personOf: byName },
      NOWHERE,
      START,
    );
    expect(notifications).toEqual([
      expect.objectContaining({
        ...{ subject: "Deploy?", body: "fine", recipient: "ann" },
        metadata: { to: "person", actor: "bob", comment: "fine", status: "REJECTED" },
      }),
    ]);
  });

  it("in the app is in the log with all its recipients; one outside is when it was sent", () => {
    const audience = { people: new Map(), commenters: new Map(), personOf: byName };
    const effects = created({ notifyUsers: ["bob", "cleo"], notifyChannels: ["IN_APP", "EMAIL"] });
    const { events } = noticesOf(effects, ann, audience, NOWHERE, START);
    expect(events.map(({ action, metadata, byCaller }) => ({ action, metadata, byCaller }))).toEqual([
      {
        ...{ action: "NOTIFIED", byCaller: false },
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
  it("is told to admins in the app, and by mail unless they mute it", () => {
    const admins = [person("adam"), person("alva", { mutedChannels: ["EMAIL", "IN_APP"] })];
    const effects = endpointDisabled(requestOf(), "https://hooks.example.com/gate", admins);
    expect(told(effects, null)).toEqual([
      "ENDPOINT_DISABLED EMAIL adam",
      "ENDPOINT_DISABLED IN_APP adam",
      "ENDPOINT_DISABLED IN_APP alva",
    ]);
    expect(effects.notifications?.[0]?.metadata).toMatchObject({ endpoint: "https://hooks.example.com/gate" });
    expect(endpointDisabled(requestOf(), "https://hooks.example.com/gate", []).events).toEqual([]);
  });
});

describe("the log, which is for whoever sees the request", () => {
  it("names no more of a webhook's address than whose it is", () => {
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

describe("who acts for another", () => {
  it("is told nothing of the outcome: the one in whose name it was asked is", () => {
    const request = requestOf({ requestedBy: "rita" }, orchestrator.userId);
    expect(told(decided(request, "bob"), callerOf("bob"))).toEqual(["DECIDED IN_APP rita"]);
    const cancelled = lifecycle.cancel(request, admin, null, START);
    expect(told(cancelled, callerOf(admin))).toEqual(["CANCELLED IN_APP bob", "CANCELLED IN_APP rita"]);
  });
});
