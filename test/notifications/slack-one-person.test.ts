/** One person with several names in Slack: an address that Slack has confirmed is not a second person. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { putPeople } from "../../src/db/queries/directory.ts";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { callerOf } from "../support/approvals/requests.ts";
import { press } from "../support/notifications/slack-presses.ts";
import { messageAbout, type SlackStage, startSlackStage } from "../support/notifications/slack-stage.ts";
import type { SlackUser } from "../support/notifications/slack-workspace.ts";

let stage: SlackStage;
beforeAll(async () => {
  stage = await startSlackStage();
});
afterAll(() => stage.stop());

const inChannel = (request: ApprovalRequest) => messageAbout(request, stage.slack.workspace.messagesIn(stage.releases));
async function told(user: SlackUser, request: ApprovalRequest): Promise<string> {
  const { answer } = await press(stage.slack, stage.appUrl, user, inChannel(request), "approve");
  return answer();
}
const person = (id: string, email: string | null) => ({ id, email, roles: [], locale: null, zone: null });

test("a requester whose Slack address differs in case from the named approver's may not approve", async () => {
  const ivan = stage.slack.workspace.addUser("ivan@example.org");
  const { request } = await stage.askBob({ requestedBy: "Ivan@Example.org", notifyUsers: ["bob", "ivan@example.org"] });
  expect(await told(ivan, request)).toBe("You may not approve this request.");
  expect(await stage.request(request.id)).toMatchObject({ status: "PENDING", approvers: [] });
});

test("a decision in Slack counts for the approver's name if the address differs from it only in case", async () => {
  const lena = stage.slack.workspace.addUser("Lena@Example.org");
  const { request } = await stage.askBob({ notifyUsers: ["bob", "lena@example.org"] });
  expect(await told(lena, request)).toMatch(/recorded/);
  expect(await stage.request(request.id)).toMatchObject({ status: "APPROVED", approvers: ["lena@example.org"] });

  const other = await stage.askBob({
    notifyUsers: ["bob", "lena@example.org"],
    allowedApprovers: ["bob", "LENA@example.org"],
  });
  expect(await told(lena, other.request)).toMatch(/recorded/);
  expect(await stage.request(other.request.id)).toMatchObject({ status: "APPROVED", approvers: ["LENA@example.org"] });

  const seeing = await stage.askBob({ notifyUsers: ["bob", "lena@example.org"], allowedApprovers: ["bob"] });
  expect(await told(lena, seeing.request)).toBe("You may not approve this request.");
});

test("a requester may not approve in Slack as another account with the same address", async () => {
  const jana = stage.slack.workspace.addUser("jana@example.org");
  await putPeople(stage.pool, [person("j-2", "jana@example.org")]);
  const { request } = await stage.askBob({ requestedBy: "jana@example.org", notifyUsers: ["bob", "j-2"] });
  expect(await told(jana, request)).toBe("You may not approve this request.");
  expect(await stage.request(request.id)).toMatchObject({ status: "PENDING", approvers: [] });
});

test("a person who has approved under an id counts once, and approving in Slack under the address repeats it", async () => {
  const kurt = stage.slack.workspace.addUser("kurt@example.org");
  stage.slack.workspace.addUser("other@example.org");
  await putPeople(stage.pool, [person("k-1", "Other@Example.org")]);
  const { request } = await stage.askBob({
    notifyUsers: ["bob", "k-1", "kurt@example.org"],
    requireMinApprovers: 2,
  });
  await stage.manager.approve(request.id, {}, callerOf("k-1"));
  await putPeople(stage.pool, [person("kurt@example.org", "other@example.org")]);
  expect(await told(kurt, request)).toMatch(/recorded; one more is needed/);
  expect(await stage.request(request.id)).toMatchObject({ status: "PENDING", approvers: ["k-1"] });
});
