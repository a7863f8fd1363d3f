/** Reads the first rows of the inbox without the GraphQL client, whose code is still loading then. */

import type { InboxPageQuery } from "../generated/graphql.ts";
import { fetchInTime } from "../shared/server-clock.ts";
import { addressAt } from "../shared/settings.ts";
import { InboxPage } from "./inbox.graphql.ts";

export type InboxRows = InboxPageQuery["pendingApprovals"];

/** More rows than a screen shows. */
const FIRST = 40;

/** @throws if the server does not answer, or reports an error */
export async function readFirstRows(): Promise<InboxRows> {
  const response = await fetchInTime(addressAt("/graphql"), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json" },
    body: JSON.stringify({ query: InboxPage, variables: { after: null, first: FIRST } }),
  });
  const { data } = (await response.json()) as { data?: InboxPageQuery | null };
  if (data == null) throw new Error(`The server responded with ${response.status}.`);
  return data.pendingApprovals;
}
