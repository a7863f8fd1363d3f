/** Decides requests over HTTP, as people do. */

import { expect } from "vitest";
import { type TestServer, tokenFor } from "../server/server.ts";

/** Approves or rejects a request as a user; fails unless the decision counts. */
export async function decide(
  server: TestServer,
  user: string,
  requestId: string,
  kind: "approve" | "reject",
  comment?: string,
): Promise<void> {
  const mutation = `mutation ($input: ${kind === "approve" ? "Approve" : "Reject"}RequestInput!) {
    ${kind}Request(input: $input) { __typename }
  }`;
  const data = await server.data(await tokenFor(user), mutation, { input: { requestId, comment } });
  expect(data[`${kind}Request`].__typename).toMatch(/Payload$/);
}
