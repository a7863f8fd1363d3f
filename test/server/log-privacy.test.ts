/** The log contains no secrets, no tokens and no text of people, at any level. */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { type Started, startScript } from "../support/processes.ts";
import { inputOf } from "../support/rest/rest.ts";
import { tokenFor } from "../support/server/server.ts";

/** A text that occurs nowhere else; its name identifies it. */
const marked = (name: string) => `${name}-${randomBytes(12).toString("hex")}`;
const SECRETS = Object.fromEntries(
  ["AUTH_JWT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "OIDC_CLIENT_SECRET"].map((name) => [
    name,
    marked(name),
  ]),
);
// This secret must have a certain form.
SECRETS.WEBHOOK_SECRET = randomBytes(24).toString("base64");
const MAIL_PASSWORD = marked("SMTP_URL");
const WRITTEN = Object.fromEntries(
  ["comment", "reason", "body", "refused", "context", "description", "literal", "broken"].map((name) => [
    name,
    marked(name),
  ]),
) as Record<"comment" | "reason" | "body" | "refused" | "context" | "description" | "literal" | "broken", string>;

let database: TestDatabase;
let server: Started;
let url: string;
let log = "";
const tokens: string[] = [];

async function token(userId: string, options: Parameters<typeof tokenFor>[1] = {}): Promise<string> {
  const made = await tokenFor(userId, { secret: SECRETS.AUTH_JWT_SECRET as string, ...options });
  tokens.push(made);
  return made;
}

beforeAll(async () => {
  database = await createTestDatabase();
  server = startScript("src/main.ts", [], {
    ...SECRETS,
    DATABASE_URL: database.url,
    PORT: "0",
    LOG_LEVEL: "trace",
    OIDC_ISSUER: "http://127.0.0.1:9/",
    OIDC_CLIENT_ID: "countersign",
    SMTP_URL: `smtp://countersign:${MAIL_PASSWORD}@127.0.0.1:9`,
    WEBHOOK_URL: "http://127.0.0.1:9/hook",
  });
  server.child.stdout?.on("data", (chunk) => {
    log += chunk;
  });
  for (;;) {
    const entry = JSON.parse(await server.line());
    url = entry.url ?? url;
    if (url !== undefined) break;
  }
});
afterAll(async () => {
  await server.end("SIGTERM");
  await database.drop();
});

async function send(path: string, body: unknown, bearer: string | null, more: RequestInit = {}): Promise<Response> {
  const response = await fetch(url + path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...more,
    headers: {
      "Content-Type": "application/json",
      ...(bearer !== null && { Authorization: `Bearer ${bearer}` }),
      ...more.headers,
    },
  });
  await response.arrayBuffer();
  return response;
}

it("the log contains no secret, no token and no text that people wrote, whatever happened", async () => {
  const ann = await token("ann", { scope: "approvals:request" });
  const bob = await token("bob");
  const query = async (text: string, variables: object, bearer: string | null) =>
    (await send("/graphql", { query: text, variables }, bearer)).status;

  // Signs in with valid and invalid tokens, and sends a token in an address.
  const signIn = await send("/session", { token: bob }, null, { headers: { Origin: url } });
  expect(signIn.status).toBe(200);
  const Cookie = (signIn.headers.get("set-cookie") as string).split(";")[0] as string;
  expect(
    (await send("/graphql", { query: "{ viewer { userId } }" }, null, { headers: { Cookie, Origin: url } })).status,
  ).toBe(200);
  await send("/session", { token: await token("bob", { expiresIn: -60 }) }, null, { headers: { Origin: url } });
  await fetch(`${url}/sign-in?token=${bob}`);
  await fetch(`${url}/auth/login`, { redirect: "manual" });
  await fetch(`${url}/auth/callback?code=${bob}&state=x`, { redirect: "manual" });
  for (const wrong of [
    await token("ann", { secret: marked("other") }),
    await token("ann", { expiresIn: null }),
    `${ann}x`,
  ]) {
    expect(await query("{ viewer { userId } }", {}, wrong)).toBe(401);
  }

  // Creates and decides requests by GraphQL and REST, in variables and in documents, with and without errors.
  const input = inputOf({
    context: { note: WRITTEN.context },
    description: WRITTEN.description,
    callbackUrl: "http://127.0.0.1:9/",
  });
  const asked = await fetch(`${url}/api/approvals`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${ann}` },
    body: JSON.stringify(input),
  });
  const { id } = (await asked.json()) as { id: string };
  const comment = (body: string) =>
    `mutation { addApprovalComment(input: { requestId: "${id}", body: "${body}" }) { __typename } }`;
  expect(await query(comment(WRITTEN.literal), {}, bob)).toBe(200);
  await query(`${comment(WRITTEN.literal)} }`, {}, bob);
  await query(comment(`${WRITTEN.literal}" nonsense: "`), {}, bob);
  expect((await send(`/api/approvals/${id}/comments`, { body: WRITTEN.body }, bob)).status).toBe(201);
  expect((await send(`/api/approvals/${id}/comments`, `{"body": "${WRITTEN.body}"`, bob)).status).toBe(400);
  expect((await send(`/api/approvals/${id}/reject`, { comment: WRITTEN.refused, reason: 1 }, bob)).status).toBe(422);

  // An error of the database is unexpected and logged; it may quote the row.
  await database.pool.query(`
    create function refuse() returns trigger language plpgsql as $$
      begin
        if to_jsonb(new) ->> tg_argv[0] like 'broken%' then
          raise exception 'refused' using detail = 'Failing row contains ' || new::text, hint = new::text;
        end if;
        return new;
      end $$;
    create trigger broken before insert on approval_comments for each row execute function refuse('body');
    create trigger broken before insert on approval_decisions for each row execute function refuse('comment')`);
  expect((await send(`/api/approvals/${id}/comments`, { body: WRITTEN.broken }, bob)).status).toBe(500);
  expect((await send(`/api/approvals/${id}/approve`, { comment: WRITTEN.broken }, bob)).status).toBe(500);
  const decided = await send(`/api/approvals/${id}/approve`, { comment: WRITTEN.comment, reason: WRITTEN.reason }, bob);
  expect(decided.status).toBe(200);

  // Over a WebSocket: a valid token, an invalid one, an invalid message.
  const address = `${url.replace("http", "ws")}/graphql`;
  const client = createClient({
    url: address,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${bob}` },
  });
  for await (const { data } of client.iterate({
    query: `subscription { approvalRequestUpdated(id: "${id}") { id } }`,
  })) {
    expect(data).toMatchObject({ approvalRequestUpdated: { id } });
  }
  await client.dispose();
  for (const first of [
    { type: "connection_init", payload: { Authorization: `Bearer ${bob}x` } },
    `{"type": "${bob}"`,
  ]) {
    const socket = new WebSocket(`${address}?token=${bob}`, "graphql-transport-ws");
    await once(socket, "open");
    socket.send(typeof first === "string" ? first : JSON.stringify(first));
    await once(socket, "close");
  }

  const { code, stderr } = await server.end("SIGTERM");
  expect(code).toBe(0);
  const lines = `${log}${stderr}`.split("\n");
  expect(lines.filter((line) => line.includes("unexpected error")).length).toBeGreaterThanOrEqual(2);
  const held = { ...SECRETS, ...WRITTEN, MAIL_PASSWORD, COOKIE: Cookie.split("=")[1] as string };
  const found = Object.entries(held).flatMap(([name, text]) =>
    lines.filter((line) => line.includes(text)).map((line) => ({ name, line })),
  );
  expect(found).toEqual([]);
  // A token is secret because of its signature, but no line contains its first parts either.
  for (const part of tokens.flatMap((made) => made.split(".").slice(1))) expect(`${log}${stderr}`).not.toContain(part);
});
