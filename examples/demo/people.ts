/** The people of the demo, and their decisions. */

export const APPROVERS = ["alice@company.com", "bob@company.com"] as const;
export const ORCHESTRATOR = "orchestrator@company.com";

export type Decision = "approve" | "reject";

/** The mutation, as it can be typed into GraphiQL. */
export const mutationOf = (decision: Decision, requestId: string): string =>
  `mutation { ${decision}Request(input: { requestId: "${requestId}" }) ` +
  "{ __typename ... on Error { code message } } }";

/** @throws Error with the response of the API, unless the decision was recorded */
export async function decide(url: string, token: string, decision: Decision, requestId: string): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: mutationOf(decision, requestId) }),
  });
  const text = await answer.text();
  if (!/"__typename":"\w+Payload"/.test(text)) throw new Error(`${decision} was answered with ${text}`);
}

/** Opens GraphiQL in a browser, signed in and with the mutation in its editor. */
export function signInLink(origin: string, token: string, requestId: string): string {
  const next = `/graphql?${new URLSearchParams({ query: mutationOf("approve", requestId) })}`;
  return `${origin}/sign-in#${new URLSearchParams({ token, next })}`;
}

/** Returns the same mutation as a command for a terminal. */
export const curlLine = (url: string, token: string, requestId: string): string =>
  [
    `curl -s ${url}`,
    `-H 'Authorization: Bearer ${token}'`,
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify({ query: mutationOf("approve", requestId) })}'`,
  ].join(" ");
