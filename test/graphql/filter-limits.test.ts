/** Tests that lists in filters have a limit, over every transport. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { overSocket, overSse } from "../support/server/streams.ts";

let server: TestServer;
let reader: string;
beforeAll(async () => {
  server = await startServer();
  reader = await tokenFor("reader", { scope: "approvals:read" });
});
afterAll(() => server.stop());

const QUERIES = [
  ["statuses", "ApprovalRequestFilter", "PENDING", "approvalRequests(filter: $filter) { totalCount }"],
  ["statuses", "WorkflowRunFilter", "RUNNING", "workflowRuns(filter: $filter) { totalCount }"],
  ["actions", "AuditLogFilter", "APPROVED", "approvalAuditLog(filter: $filter) { edges { cursor } }"],
  ["kinds", "NotificationFilter", "REQUESTED", "notifications(filter: $filter) { edges { cursor } }"],
  ...["statuses:PENDING", "channels:EMAIL", "kinds:REQUESTED"].map((one) => {
    const [list, value] = one.split(":") as [string, string];
    return [list, "NotificationDeliveryFilter", value, "notificationDeliveries(filter: $filter) { edges { cursor } }"];
  }),
] as [list: string, type: string, value: string, field: string][];

test.each(QUERIES)("%s of %s accepts 100 entries and refuses more", async (list, type, value, field) => {
  const query = `query ($filter: ${type}) { ${field} }`;
  const answer = async (length: number) => {
    const variables = { filter: { [list]: Array.from({ length }, () => value) } };
    return (await (await server.post({ query, variables }, reader)).json()) as {
      errors?: { message: string; extensions: object }[];
    };
  };
  expect((await answer(100)).errors).toBe(undefined);
  for (const length of [101, 100_000]) {
    const [error] = (await answer(length)).errors ?? [];
    expect(error?.extensions).toMatchObject({ code: "BAD_USER_INPUT" });
    expect(error?.message).toBe(`\`filter.${list}\` has ${length} entries; it may have 100.`);
  }
});

test.each([
  ["a WebSocket", overSocket],
  ["an event stream", overSse],
])("a stream of events has the same limit of 100 entries, over %s", async (_name, transport) => {
  const query = "subscription ($filter: ApprovalEventFilter) { approvalEvents(filter: $filter) { action } }";
  const variables = { filter: { actions: Array.from({ length: 101 }, () => "APPROVED") } };
  const { messages, leave } = transport(server, reader, { query, variables });
  expect((await messages.at(0)).errors[0].extensions.code).toBe("BAD_USER_INPUT");
  leave();
});

test("a longer list or search over REST is answered with VALIDATION", async () => {
  const rest = restClient(server, reader);
  for (const query of [`statuses=${"PENDING,".repeat(100)}PENDING`, `search=${"x".repeat(301)}`]) {
    expect(await rest.get(`/approvals?${query}`)).toMatchObject({ status: 422, body: { code: "VALIDATION" } });
  }
});

test("a list of muted channels has the same limit of entries", async () => {
  const query = `mutation ($mutedChannels: [NotificationChannel!]!) {
    setNotificationPreferences(input: { mutedChannels: $mutedChannels }) {
      ... on ValidationError { code issues { path message } } } }`;
  const mutedChannels = Array.from({ length: 10_000 }, () => "WEBHOOK");
  const { setNotificationPreferences } = await server.data(reader, query, { mutedChannels });
  const message = "has 10000 entries; it may have 100";
  expect(setNotificationPreferences.issues).toEqual([{ path: "mutedChannels", message }]);
});
