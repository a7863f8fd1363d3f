/** A request without Slack's signature decides nothing. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { deliver, press, type Tampering } from "../support/notifications/slack-presses.ts";
import { type SlackStage, startSlackStage } from "../support/notifications/slack-stage.ts";
import type { SlackMessage } from "../support/notifications/slack-workspace.ts";

let stage: SlackStage;
let request: ApprovalRequest;
let message: SlackMessage;

beforeAll(async () => {
  stage = await startSlackStage();
});
afterAll(() => stage.stop());
beforeEach(async () => {
  ({ request, message } = await stage.askBob());
});
afterEach(async () => {
  expect(await stage.request(request.id)).toMatchObject({ status: "PENDING", approvers: [] });
});

const pressed = async (tampering: Tampering): Promise<number> =>
  (await press(stage.slack, stage.appUrl, stage.bob, message, "approve", tampering)).response.status;
const seconds = (): number => Math.floor(Date.now() / 1000);

describe("a request from Slack is refused with 401", () => {
  test("when it is signed with another secret", async () => {
    expect(await pressed({ secret: "another" })).toBe(401);
  });

  test("when its signature is missing, malformed or of another version", async () => {
    for (const signature of [undefined, "", "v0=", `v1=${"0".repeat(64)}`, `v0=${"0".repeat(64)}`, "v0=ünlesbar"]) {
      expect(await pressed({ headers: { "X-Slack-Signature": signature && encodeURI(signature) } })).toBe(401);
    }
  });

  test("when it is more than five minutes old, or as far in the future", async () => {
    expect(await pressed({ timestamp: seconds() - 310 })).toBe(401);
    expect(await pressed({ timestamp: seconds() + 310 })).toBe(401);
  });

  test("when its timestamp is missing, invalid or not the one that was signed", async () => {
    for (const timestamp of [undefined, "", "now", "1e9", "-1", String(seconds() - 1)]) {
      expect(await pressed({ headers: { "X-Slack-Request-Timestamp": timestamp } })).toBe(401);
    }
  });

  test("when its body is not the one that was signed", async () => {
    const payload = { type: "block_actions", user: { id: stage.bob.id }, trigger_id: "1", actions: [] };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    expect(await pressed({ body })).toBe(401);
    expect(await pressed({ body: "" })).toBe(401);
  });
});

describe("a signed request from Slack that is not a known button", () => {
  const status = async (payload: unknown, more: Tampering = {}): Promise<number> =>
    (await deliver(stage.slack, stage.appUrl, payload, more)).status;
  const user = { id: "U1" };

  test("is acknowledged if a newer Slack may send it", async () => {
    expect(await status({ type: "view_closed", user })).toBe(200);
    expect(await status({ type: "block_actions", user, actions: [{ action_id: "another", value: "1" }] })).toBe(200);
    expect(await status({ type: "view_submission", user, view: { callback_id: "another" } })).toBe(200);
  });

  test("is refused with 400 if it is malformed", async () => {
    for (const payload of [
      null,
      [],
      "text",
      1,
      {},
      { type: "block_actions" },
      { type: "block_actions", user: "U1" },
      { type: "block_actions", user },
      { type: "block_actions", user, actions: [null] },
      { type: "block_actions", user, trigger_id: "1", actions: [{ action_id: "approve", value: 1 }] },
      { type: "view_submission", user, view: { callback_id: "reject", private_metadata: "{}" } },
      { type: "view_submission", user, view: { callback_id: "reject", private_metadata: "null" } },
    ]) {
      expect(await status(payload), JSON.stringify(payload)).toBe(400);
    }
  });

  test("is refused if it is not a form, or too long", async () => {
    expect(await status({ type: "block_actions", user }, { headers: { "Content-Type": "application/json" } })).toBe(
      415,
    );
    expect(await status({ type: "block_actions", user, more: "x".repeat(1024 * 1024) })).toBe(413);
  });
});
