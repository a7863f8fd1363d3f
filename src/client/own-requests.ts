/** Finds requests that the client's own user created. Another user may have created one with the same ids. */

import type { Client } from "./client.ts";
import { RequestsOfJob, type WaitedRequest, WhoAmI } from "./documents.ts";
import type { RequestOptions } from "./operations.ts";

/** Selects requests by their ids. Without `workflowId`, requests of all workflows match. */
export interface OwnRequestsKey {
  workflowId?: string;
  jobId: string;
  executionId: string;
}

/** At most 100 requests, newest first; at most one if `workflowId` is given. */
export async function ownRequests(
  client: Client,
  key: OwnRequestsKey,
  options?: RequestOptions,
): Promise<WaitedRequest[]> {
  const { viewer } = await client.request(WhoAmI, {}, options);
  const filter = { ...key, createdBy: viewer.userId };
  const { approvalRequests } = await client.request(RequestsOfJob, { filter }, options);
  return approvalRequests.edges.map(({ node }) => node);
}
