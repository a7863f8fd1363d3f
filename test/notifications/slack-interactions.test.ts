/** Decisions in Slack, with the same rights as on every surface. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { putPeople } from "../../src/db/queries/directory.ts";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { callerOf } from "../support/approvals/requests.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { answerAt, press, submit } from "../support/notifications/slack-presses.ts";
import { messageAbout, PUBLIC_URL, type SlackStage, startSlackStage } from "../support/notifications/slack-stage.ts";
import { asRead, commandsIn, textsOf } from "../support/notifications/slack-texts.ts";
import type { SlackMessage, SlackUser } from "../support/notifications/slack-workspace.ts";

let stage: SlackStage;
beforeAll(async () => {
  stage = await startSlackStage();
  await allowRewriting(stage.pool);
});
afterAll(() => stage.stop());

/** Presses a button and returns the reply to the person who pressed it. */
async function told(user: SlackUser, message: SlackMessage, button: "approve" | "reject"): Promise<string> {
  const { response, answer } = await press(stage.slack, stage.appUrl, user, message, button);
  expect([response.status, await response.text()]).toEqual([200, ""]);
  return answer();
}
async function dialogOf(user: SlackUser, message: SlackMessage) {
  const { response, responseUrl } = await press(stage.slack, stage.appUrl, user, message, "reject");
  expect(response.status).toBe(200);
  return { responseUrl, view: await stage.slack.workspace.views.next(({ user: whose }) => whose === user.id) };
}
const inChannel = (request: ApprovalRequest) => messageAbout(request, stage.slack.workspace.messagesIn(stage.releases));
const nothingChanged = async ({ id, version }: ApprovalRequest) =>
  expect(await stage.request(id)).toMatchObject({ version, status: "PENDING", approvers: [] });

describe("approving in Slack", () => {
  test("reports that the database is unavailable, and works when it is available again", async () => {
    const { request, message } = await stage.askBob();
    await stage.pool.query(`
      create function fill_disk() returns trigger language plpgsql as $$
        begin raise exception 'No space left on device' using errcode = '53100'; end $$;
      create trigger fill_disk before insert on approval_decisions for each row execute function fill_disk()`);
    const said = await told(stage.bob, message, "approve");
    await stage.pool.query("drop trigger fill_disk on approval_decisions");
    expect(said).toBe("The database is not available. Try again in a moment.");
    await nothingChanged(request);
    expect(await told(stage.bob, message, "approve")).toBe("Your approval is recorded; the request is approved.");
  });

  test("is recorded as on every surface, with the person's data from Slack", async () => {
    const { request, message } = await stage.askBob();
    expect(await told(stage.bob, message, "approve")).toBe("Your approval is recorded; the request is approved.");
    expect(await stage.request(request.id)).toMatchObject({ status: "APPROVED", decidedBy: "bob" });
    const entry = (await stage.audit(request)).find(({ action }) => action === "APPROVED");
    expect(entry).toMatchObject({
      userId: "bob",
      userEmail: "bob@example.org",
      ipAddress: null,
      metadata: { via: "SLACK" },
      userAgent: `Slack user ${stage.bob.id} of workspace ${stage.slack.workspace.team}`,
    });
  });

  test("reports how many approvals are still needed, also to a person who presses again", async () => {
    const { request, message } = await stage.askBob({
      notifyUsers: ["bob", "cleo", "ann"],
      requireMinApprovers: 3,
      requestedBy: "eve@example.org",
    });
    expect(await told(stage.bob, message, "approve")).toBe("Your approval is recorded; 2 more are needed.");
    expect(await told(stage.bob, message, "approve")).toBe("Your approval is recorded; 2 more are needed.");
    expect(await told(stage.cleo, inChannel(request), "approve")).toBe(
      "Your approval is recorded; one more is needed.",
    );
    expect((await stage.request(request.id)).approvers).toEqual(["bob", "cleo"]);
  });

  test("works in the channel for a person who is asked by a role", async () => {
    const { workspace } = stage.slack;
    const erin = workspace.addUser("erin@example.org");
    const known = { id: "e-17", email: "Erin@Example.org", roles: ["release-managers"], locale: null, zone: null };
    await putPeople(stage.pool, [known]);
    const request = await stage.ask({ notifyUsers: [], notifyRoles: ["release-managers"] });
    await stage.deliverAll(request);
    await told(erin, inChannel(request), "approve");
    expect(await stage.request(request.id)).toMatchObject({ status: "APPROVED", decidedBy: "e-17" });
  });

  test("counts for the address itself if nobody in the directory has it", async () => {
    const fay = stage.slack.workspace.addUser("fay@example.org");
    const request = await stage.ask({ notifyUsers: ["fay@example.org"] });
    await stage.deliverAll(request);
    await told(fay, messageAbout(request, stage.slack.workspace.messagesIn(fay)), "approve");
    expect(await stage.request(request.id)).toMatchObject({ status: "APPROVED", decidedBy: "fay@example.org" });
  });

  test("does nothing if the button is a link", async () => {
    const { request, message } = await stage.askBob();
    const { response } = await press(stage.slack, stage.appUrl, stage.bob, message, "open");
    expect(response.status).toBe(200);
    await nothingChanged(request);
  });
});

describe("approving the content that a Slack message shows", () => {
  test("is refused if the content has changed in the meantime, with a link to the request", async () => {
    const { request, message } = await stage.askBob({ context: { amount: 10 } });
    await stage.pool.query(`update approval_requests set context = '{"amount": 9999}' where id = $1`, [request.id]);
    const words = await told(stage.bob, message, "approve");
    expect(words).toContain("The content of this request has changed since this message; nothing was recorded.");
    expect(words).toContain(`<${PUBLIC_URL}/requests/${request.id}|Open the request>`);
    expect(await stage.request(request.id)).toMatchObject({ status: "PENDING", approvers: [] });
  });

  test("is not possible with a button without a digest, as in older messages", async () => {
    const { request, message } = await stage.askBob();
    const old = JSON.parse(JSON.stringify(message.blocks).replace(/:[0-9a-f]{64}"/, '"'));
    const words = await told(stage.bob, { ...message, blocks: old }, "approve");
    expect(words).toContain("nothing was recorded");
    expect(words).toContain(`<${PUBLIC_URL}/requests/${request.id}|Open the request>`);
    await nothingChanged(request);
  });

  test.each<[string, object]>([
    ["a long description", { description: "Deploys. ".repeat(400) }],
    ["a long context", { context: { plan: "step ".repeat(300) } }],
    ["many rows", { context: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`key${i}`, i])) }],
    ["long metadata", { metadata: { log: "x".repeat(5_000) } }],
  ])("is not offered if Slack shows only part of it: %s", async (_what, more) => {
    const { request, message } = await stage.askBob(more);
    const buttons = message.blocks.flatMap(({ elements = [] }) => elements).filter(({ type }) => type === "button");
    expect(buttons.map(({ action_id, url }) => [action_id, url])).toEqual([
      ["open", `${PUBLIC_URL}/requests/${request.id}`],
    ]);
    expect(textsOf(message).map(asRead).join("\n")).toContain("This message shows only part of the request.");
  });
});

describe("rejecting in Slack", () => {
  test("asks for the reason and records it", async () => {
    const { request, message } = await stage.askBob();
    const { view, responseUrl } = await dialogOf(stage.bob, message);
    expect(textsOf({ blocks: view.blocks }).map(asRead).join()).toContain(request.title);
    expect(await submit(stage.slack, stage.appUrl, view, { comment: "Not on a Friday." })).toMatchObject({
      errors: null,
    });
    expect(await answerAt(stage.slack, responseUrl)).toBe("Your rejection is recorded; the request is rejected.");
    const after = await stage.request(request.id);
    expect(after).toMatchObject({ status: "REJECTED", decidedBy: "bob", comment: "Not on a Friday." });
    const entry = (await stage.audit(request)).find(({ action }) => action === "REJECTED");
    expect(entry).toMatchObject({ userId: "bob", comment: "Not on a Friday.", metadata: { via: "SLACK" } });
  });

  test.each(["   ", "\u200b", "\u3164 \u{e0041}"])("does not accept an invisible reason: %j", async (comment) => {
    const { request, message } = await stage.askBob();
    const { view } = await dialogOf(stage.bob, message);
    const { errors } = await submit(stage.slack, stage.appUrl, view, { comment });
    expect(errors).toEqual({ comment: "Enter why you reject the request." });
    await nothingChanged(request);
  });

  test("shows a title in the dialog as it was written", async () => {
    const title = "<!channel> <script>alert(1)</script> & more";
    const { message } = await stage.askBob({ title });
    const { view } = await dialogOf(stage.bob, message);
    const texts = textsOf({ blocks: view.blocks });
    expect(texts.flatMap(commandsIn)).toEqual([]);
    expect(texts.map(asRead).join()).toContain(title);
  });

  test("shows in the dialog why it is refused, if others were faster", async () => {
    const { request, message } = await stage.askBob({ notifyUsers: ["bob", "cleo"] });
    const { view } = await dialogOf(stage.bob, message);
    await stage.manager.approve(request.id, {}, callerOf("cleo"));
    const { errors } = await submit(stage.slack, stage.appUrl, view, { comment: "No." });
    expect(errors).toEqual({ comment: "The request is already APPROVED." });
    expect((await stage.request(request.id)).status).toBe("APPROVED");
  });

  test("counts for the person who submits, not for the person for whom the dialog was opened", async () => {
    const { request, message } = await stage.askBob();
    const { view } = await dialogOf(stage.bob, message);
    const { errors } = await submit(stage.slack, stage.appUrl, view, { comment: "No." }, { user: stage.cleo });
    expect(errors?.comment).toMatch(/may not decide/);
    await nothingChanged(request);
  });

  test("opens no dialog for a person who may not reject, or who has already rejected", async () => {
    const { request } = await stage.askBob({ notifyUsers: ["bob", "cleo"], allowedApprovers: ["cleo"] });
    const message = inChannel(request);
    expect(await told(stage.bob, message, "reject")).toBe("You may not reject this request.");
    await nothingChanged(request);
    await stage.manager.reject(request.id, {}, callerOf("cleo"));
    expect(await told(stage.cleo, message, "reject")).toBe("Your rejection is recorded; the request is rejected.");
  });

  test("must be started again if the button was pressed too long ago for a dialog", async () => {
    const { request, message } = await stage.askBob();
    const pressed = await press(stage.slack, stage.appUrl, stage.bob, message, "reject", { lateTrigger: true });
    expect(await pressed.answer()).toMatch(/Press the button again/);
    await nothingChanged(request);
  });
});

describe("a Slack user without the right to decide", () => {
  test("is shown the reason, and nothing changes", async () => {
    const { request } = await stage.askBob({ notifyUsers: ["bob", "cleo"], allowedApprovers: ["bob"] });
    expect(await told(stage.cleo, inChannel(request), "approve")).toBe("You may not approve this request.");
    await nothingChanged(request);
  });

  test("receives nothing about a request that they may not see", async () => {
    const { request } = await stage.askBob();
    const words = await told(stage.cleo, inChannel(request), "approve");
    expect(words).toBe("You may not decide this request, or it no longer exists.");
    await nothingChanged(request);
  });

  test("is shown the reason if they are the requester", async () => {
    const ann = stage.slack.workspace.users.values().find(({ email }) => email === "ann@example.org") as SlackUser;
    const { request } = await stage.askBob({ notifyUsers: ["bob", "ann"] });
    expect(await told(ann, inChannel(request), "approve")).toBe("You may not approve this request.");
    await nothingChanged(request);
  });

  test("is shown the outcome if the request is final", async () => {
    const { request, message } = await stage.askBob({ notifyUsers: ["bob", "cleo"] });
    await stage.manager.reject(request.id, {}, callerOf("cleo"));
    expect(await told(stage.bob, message, "approve")).toBe("The request is already REJECTED.");
  });
});

describe("a Slack user is not accepted", () => {
  /** A user whose address is bob's, with something about them that is not in order. */
  async function expectRefused(more: Record<string, unknown>, words: RegExp, team?: string): Promise<void> {
    const user = stage.slack.workspace.addUser("bob@example.org", more, team);
    const { request } = await stage.askBob();
    expect(await told(user, inChannel(request), "approve")).toMatch(words);
    await nothingChanged(request);
  }

  test("whose address is not confirmed", () => expectRefused({ is_email_confirmed: false }, /not confirmed/));
  test("who is a bot", () => expectRefused({ is_bot: true }, /Only people/));
  test("who is deactivated", () => expectRefused({ deleted: true }, /Only people/));
  test("who is a stranger", () => expectRefused({ is_stranger: true }, /another Slack workspace/));
  test("who belongs to another workspace", () => expectRefused({}, /another Slack workspace/, "T0ELSEWHERE"));
  test("whose address Slack does not share", () => expectRefused({ profile: {} }, /does not share your email/));

  test("whose address is that of two people", async () => {
    const gus = stage.slack.workspace.addUser("gus@example.org");
    const known = { roles: [], locale: null, zone: null };
    await putPeople(stage.pool, [
      { ...known, id: "gus", email: "gus@example.org" },
      { ...known, id: "gustav", email: "Gus@Example.org" },
    ]);
    const request = await stage.ask({ notifyUsers: ["gus"] });
    await stage.deliverAll(request);
    expect(await told(gus, inChannel(request), "approve")).toMatch(/Several people have the address gus@example\.org/);
    await nothingChanged(request);
  });
});

test("people of every workspace of the same Slack Enterprise organisation are accepted", async () => {
  const own = await startSlackStage();
  try {
    own.slack.workspace.enterprise = "E0";
    const user = own.slack.workspace.addUser(
      "cleo@example.org",
      { enterprise_user: { enterprise_id: "E0" } },
      "T0SISTER",
    );
    const { request } = await own.askBob({ notifyUsers: ["bob", "cleo"] });
    const message = messageAbout(request, own.slack.workspace.messagesIn(own.releases));
    await (await press(own.slack, own.appUrl, user, message, "approve")).answer();
    expect(await own.request(request.id)).toMatchObject({ status: "APPROVED", decidedBy: "cleo" });
  } finally {
    await own.stop();
  }
});

describe("when Slack does not answer", () => {
  test("a pressed button is acknowledged in time, and answered later", async () => {
    const own = await startSlackStage({ acknowledgeWithin: 20, giveUpAfter: 500 });
    try {
      const { request, message } = await own.askBob();
      own.slack.fail("users.info", "hang");
      const pressed = await press(own.slack, own.appUrl, own.bob, message, "approve");
      expect([pressed.response.status, await pressed.response.text()]).toEqual([200, ""]);
      expect(await own.request(request.id)).toMatchObject({ status: "PENDING" });
      expect(await pressed.answer()).toBe(
        `That did not work. Try again. <${PUBLIC_URL}/requests/${request.id}|Open the request>`,
      );
    } finally {
      await own.stop();
    }
  });

  test("the person who pressed a button is notified that it failed", async () => {
    const { request, message } = await stage.askBob();
    stage.slack.fail("users.info", { status: 500 });
    expect(await told(stage.bob, message, "approve")).toMatch(/^That did not work. Try again\./);
    await nothingChanged(request);
  });

  test("the decision is valid, even if the person cannot be notified", async () => {
    const { request, message } = await stage.askBob();
    stage.slack.takesAnswers = false;
    const { response } = await press(stage.slack, stage.appUrl, stage.bob, message, "approve");
    expect(response.status).toBe(200);
    expect(await stage.request(request.id)).toMatchObject({ status: "APPROVED", decidedBy: "bob" });
    stage.slack.takesAnswers = true;
  });
});
