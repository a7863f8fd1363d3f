/** People who use the database without the API: a role, and the claims of a verified token. */

import type pg from "pg";
import { expect } from "vitest";
import { mayRead } from "../../../src/approvals/policy.ts";
import type { ApprovalRequest, Viewer } from "../../../src/model/approvals.ts";
import { VIEWERS } from "../approvals/rights-cases.ts";

type Client = Pick<pg.ClientBase, "query">;

/** The claims of the viewer's token. */
export const claimsOf = ({ userId, roles, scopes }: Viewer) => ({ sub: userId, roles, scope: scopes.join(" ") });

/**
 * Runs something as PostgREST does for a token: in a transaction of its own, as the role and with the claims.
 * @param claims an object, or a text as it is; null sets none
 */
export async function asPerson<T>(
  client: Client,
  role: string,
  claims: object | string | null,
  run: (client: Client) => Promise<T>,
): Promise<T> {
  await client.query("begin");
  try {
    if (claims !== null) {
      const text = typeof claims === "string" ? claims : JSON.stringify(claims);
      await client.query("select set_config('request.jwt.claims', $1, true)", [text]);
    }
    await client.query(`set local role ${role}`);
    return await run(client);
  } finally {
    await client.query("rollback");
  }
}

/** The ids of the requests that are seen, and of those whose decisions, comments and audit rows are. */
export interface VisibleRows {
  requests: string[];
  decisions: string[];
  comments: string[];
  audit: string[];
}

const about = (table: string) => `array(select approval_request_id::text from ${table} order by 1)`;
const SEEN = `
select array(select id::text from approval_requests order by 1) as requests,
       ${about("approval_decisions")} as decisions, ${about("approval_comments")} as comments,
       ${about("approval_audit_log")} as audit`;

/** The rows that the role with the claims sees. */
export const rowsVisibleTo = (client: Client, role: string, claims: object | string | null): Promise<VisibleRows> =>
  asPerson(client, role, claims, async () => (await client.query<VisibleRows>(SEEN)).rows[0] as VisibleRows);

/** Holds what each viewer sees at the role against what the API's function says of the requests of `fillCases`. */
export async function expectTheApisAnswers(client: Client, role: string, requests: ApprovalRequest[]): Promise<void> {
  for (const viewer of VIEWERS) {
    const readable = requests.filter((request) => mayRead(request, viewer)).sort((a, b) => (a.id < b.id ? -1 : 1));
    const ids = readable.map(({ id }) => id);
    const decisions = readable.flatMap(({ id, voters }) => voters.map(() => id));
    const expected: VisibleRows = { requests: ids, decisions, comments: ids, audit: ids };
    expect(await rowsVisibleTo(client, role, claimsOf(viewer)), JSON.stringify(viewer)).toEqual(expected);
  }
}
