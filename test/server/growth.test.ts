/**
 * The work for input of callers grows linearly: twice the input needs at most 2.5 times as long. This test measures
 * time, but compares only two times on the same machine.
 */

import type { IncomingMessage } from "node:http";
import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { checkText } from "../../src/approvals/validation.ts";
import { loadConfig } from "../../src/config/config.ts";
import { csvLine } from "../../src/model/csv.ts";
import { displayUrl } from "../../src/model/display-url.ts";
import { checkJsonObject } from "../../src/model/json.ts";
import { parseJson, survivesAsDouble } from "../../src/model/json-text.ts";
import { isVisible, visible, visibleData } from "../../src/model/visible-text.ts";
import { mailboxOf } from "../../src/notifications/channels/email-address.ts";
import { escapeHtml, oneLine, slackPlain, slackText } from "../../src/notifications/escaping.ts";
import { prettyJson, tableOf } from "../../src/notifications/excerpts.ts";
import { decodeRequest, requestsIn } from "../../src/resolvers/cursors.ts";
import { schema } from "../../src/schema/index.ts";
import { viewerOf } from "../../src/server/auth/claims.ts";
import { cookieOf } from "../../src/server/auth/cookies.ts";
import { bearerOf, isOwnOrigin } from "../../src/server/auth/credentials.ts";
import { ownPath } from "../../src/server/auth/session.ts";
import { mediaTypeOf } from "../../src/server/body.ts";
import { createDocuments } from "../../src/server/graphql/documents.ts";
import { requestIdOf } from "../../src/server/http.ts";
import { createVariablesCheck } from "../../src/server/limits/variables.ts";
import { prepareTable } from "../../src/server/rest/prepared.ts";
import { variablesOf } from "../../src/server/rest/variables.ts";
import { takeWait } from "../../src/server/rest/waits.ts";
import { interactionOf } from "../../src/server/slack/payload.ts";
import { growthOf } from "../support/growth.ts";

const MOST = 2.5;
/** A busy machine spoils some measurements. */
const AGAIN = { retry: 5 };

/** Text of the given size that repeats a piece between a prefix and a suffix. */
const filled =
  (piece: string, before = "", after = "") =>
  (size: number): string =>
    before + piece.repeat(Math.max(1, Math.ceil(size / piece.length))) + after;

/** Refused input also takes work. */
const tried =
  <T>(work: (input: T) => unknown) =>
  (input: T): void => {
    try {
      work(input);
    } catch {
      // Refused.
    }
  };

/** An object of this many characters. With more keys, hash tables grow in steps, which would spoil the measurement. */
const keys = (size: number) =>
  Object.fromEntries(Array.from({ length: Math.ceil(size / 64) }, (_, n) => [`key-${n}`, "x".repeat(48)]));

type Case = [what: string, inputOf: (size: number) => string];
function grows(subject: string, work: (input: string) => unknown, cases: Case[]): void {
  describe(subject, AGAIN, () => {
    test.each(cases)("needs at most 2.5 times as long for twice %s", (_what, inputOf) => {
      expect(growthOf(inputOf, tried(work), MOST)).toBeLessThanOrEqual(MOST);
    });
  });
}

grows("reading JSON", parseJson, [
  ["the zeros within a number", filled("0", '{"x":0.1', "1}")],
  ["the zeros behind a number", filled("0", '{"x":1', "}")],
  ["the digits of an exponent", filled("9", '{"x":1e', "}")],
  ["the digits of a negative exponent", filled("9", '{"x":1e-', "}")],
  ["the depth", (size) => "[".repeat(size) + "]".repeat(size)],
  ["the numbers with an exponent", filled("1e1,", "[", "1]")],
  ["the numbers that are lossy", filled("1e400,", "[", "1]")],
  ["the numbers beside one that is lossy", filled("1,", "[", "1e400]")],
  ["the escaped quotes", filled('\\"', '["', '",1e400]')],
  ["the backslashes", filled("\\\\", '["', '",1e400]')],
  ["the quotes of a text that is not JSON", filled('"', "[1e400,")],
  ["the members", (size) => `${JSON.stringify(keys(size)).slice(0, -1)},"x":1e400}`],
]);
grows("telling whether a number survives", survivesAsDouble, [
  ["its zeros", filled("0", "1.", "1")],
  ["its digits", filled("7")],
]);

const headers = (given: Record<string, string>) =>
  ({ headers: given, method: "POST", url: "/" }) as unknown as IncomingMessage;
grows("reading an Authorization header", bearerOf, [
  ["its blanks", filled(" ", "Bearer", "!")],
  ["its token", filled("a", "Bearer ", " !")],
  ["its token and blanks", filled("a ", "Bearer ", "!")],
]);
grows("finding a cookie", (cookie) => cookieOf(headers({ cookie }), "session", "http://x"), [
  ["the cookies", filled("a=b; ")],
  ["the semicolons", filled(";")],
  ["the blanks of one", filled(" ", "a=", "b")],
]);
grows("looking at an Origin", (origin) => isOwnOrigin(headers({ origin, host: "x" }), "http://y"), [
  ["its length", filled("a", "https://")],
  ["its dots", filled(".", "https://")],
]);
grows("looking at a Content-Type", (type) => mediaTypeOf(headers({ "content-type": type })), [
  ["its blanks", filled(" ", "a", ";b")],
  ["its parameters", filled("a=b;")],
]);
grows("looking at a request id", (id) => requestIdOf(headers({ "x-request-id": id })), [["its length", filled("a")]]);
grows("finding where a sign-in goes on to", (next) => ownPath(next), [
  ["the slashes", filled("/")],
  ["the dots", filled("/..")],
]);
grows("reading claims", (text) => viewerOf({ sub: text, roles: text, scope: text, email: text }, loadConfig({}).auth), [
  ["an id that is nearly an address", filled("a.", "a@", " ")],
  ["the dots of an address", filled(".", "a@b", "@")],
  ["the names of roles", filled("role ")],
  ["the blanks between roles", filled(" ", "a", "b")],
]);
grows("reading what was pressed in Slack", (payload) => interactionOf(new URLSearchParams({ payload }).toString()), [
  ["the zeros of a number in it", filled("0", '{"x":0.1', "1}")],
  ["the depth of it", (size) => '{"a":'.repeat(size)],
]);

const { limits } = loadConfig({});
const documents = () => createDocuments(schema, { introspection: false, limits });
grows("reading a document", (text) => documents().validate(documents().parse(text)), [
  [
    "the line breaks before its errors",
    filled("\n", "", `{ viewer { ${Array.from({ length: 90 }, (_, n) => `f${n}`).join(" ")} } }`),
  ],
  ["the comments", filled("#\n", "", "{ viewer { userId } }")],
  ["a comment", filled("x", "{ viewer { userId } } #")],
  ["the repetitions of a field", filled("userId ", "{ viewer { ", "} }")],
  ["the repetitions of a field with fields", filled("edges { node { id } } ", "{ approvalRequests { ", "} }")],
  ["the escapes of a text", filled("\\n", '{ viewer(a: "', '") { userId } }')],
  ["the lines of a text", filled("\n ", '{ viewer(a: """', '""") { userId } }')],
  ["the depth", (size) => "{ a ".repeat(size / 4) + "}".repeat(size / 4)],
  ["the length of a name that is not defined", filled("x", "{ viewer { ", "} }")],
]);

const create = "mutation ($input: CreateApprovalRequestInput!) { createApprovalRequest(input: $input) { __typename } }";
const [operation] = parse(create).definitions as never[];
const checkVariables = createVariablesCheck(schema);
describe("variables of GraphQL", AGAIN, () => {
  test.each<[string, (size: number) => object]>([
    ["the fields that their type does not define", keys],
    ["the keys of a context beside a missing field", (size) => ({ context: keys(size) })],
    ["the people beside a field too many", (size) => ({ notifyUsers: Array(Math.ceil(size / 8)).fill("a"), more: 1 })],
  ])("needs at most 2.5 times as long for twice %s", (_what, inputOf) => {
    const growth = growthOf(
      inputOf,
      tried((input) => checkVariables(operation as never, { input })),
      MOST,
    );
    expect(growth).toBeLessThanOrEqual(MOST);
  });
});

const routes = prepareTable(schema);
const creating = routes.find(({ route }) => route.method === "POST" && route.path === "/api/approvals");
const listing = routes.find(({ route }) => route.method === "GET" && route.path === "/api/approvals");
describe("a body over REST", AGAIN, () => {
  test.each<[string, (size: number) => Record<string, unknown>]>([
    ["the fields that it does not take", keys],
    ["the people that are not texts", (size) => ({ notifyUsers: Array(Math.ceil(size / 8)).fill(1) })],
    ["the people", (size) => ({ notifyUsers: Array(Math.ceil(size / 8)).fill("a") })],
  ])("needs at most 2.5 times as long for twice %s", (_what, inputOf) => {
    const growth = growthOf(inputOf, (input) => creating?.issuesOf({ input }), MOST);
    expect(growth).toBeLessThanOrEqual(MOST);
  });
});
grows(
  "reading a query string",
  (text) => {
    const query = new URLSearchParams(text);
    takeWait(query);
    if (listing !== undefined) void variablesOf(listing, null, query, headers({}), 1).catch(() => {});
  },
  [
    ["its parameters", (size) => Array.from({ length: size / 8 }, (_, n) => `p${n}=1`).join("&")],
    ["its statuses", filled("&statuses=PENDING", "statuses=PENDING")],
  ],
);
grows("reading a cursor", (cursor) => decodeRequest(requestsIn({ field: "CREATED_AT", direction: "DESC" }), cursor), [
  ["its depth", (size) => Buffer.from("[".repeat(size) + "]".repeat(size)).toString("base64url")],
  ["its length", filled("A")],
]);

grows("checking a text", (text) => checkText("title", text, 300, []), [
  ["its length", filled("a")],
  ["its surrogate pairs", filled("😀")],
  ["its blanks", filled(" ", "", "a")],
  ["its invisible characters", filled("\u200b")],
]);
describe("checking a context for limits,", AGAIN, () => {
  test.each<[string, (size: number) => unknown]>([
    ["its keys", keys],
    ["its depth", (size) => JSON.parse(`${'{"a":'.repeat(size / 8)}1${"}".repeat(size / 8)}`)],
    ["its items", (size) => ({ a: Array(size).fill(1) })],
  ])("needs at most 2.5 times as long for twice %s", (_what, inputOf) => {
    expect(growthOf(inputOf, (value) => checkJsonObject("context", value, []), MOST)).toBeLessThanOrEqual(MOST);
  });
  test.each<[string, (size: number) => unknown]>([
    ["its keys", keys],
    ["its items", (size) => ({ a: Array(size).fill(1) })],
    ["its text", (size) => ({ a: "a ".repeat(size) })],
  ])("and showing it in a message, needs at most 2.5 times as long for twice %s", (_what, inputOf) => {
    const show = (value: unknown) => [tableOf(value, 20), prettyJson(value, 3_000)];
    expect(growthOf(inputOf, show, MOST)).toBeLessThanOrEqual(MOST);
  });
});

const TEXTS: Case[] = [
  ["the blanks", filled(" ", "a", "b")],
  ["the line breaks", filled("\n", "a", "b")],
  ["the colons", filled(":")],
  ["the names between colons", filled(":a")],
  ["a name behind a colon", filled("a1", ":")],
  ["the digits behind a colon", filled("1", ":", "!")],
  ["the underscores", filled("_")],
  ["the angle brackets", filled("<|")],
  ["the quotation marks at the beginnings of lines", filled("\n >")],
  ["the invisible characters", filled("\u200b")],
  ["the joined emoji", filled("👩\u200d", "", "👩")],
  ["the combining marks", filled("\u0301", "a")],
  ["the halves of characters", filled("\ud83d")],
  ["the commas and quotes", filled('",')],
];
grows("showing text in HTML", escapeHtml, TEXTS);
grows("showing text in Slack", (text) => [slackText(text, 3_000), slackPlain(text, 150)], TEXTS);
grows("showing text in one line", (text) => oneLine(text, 200), TEXTS);
grows("showing what is invisible", (text) => [visible(text), visibleData(text), isVisible(text)], TEXTS);
grows("writing CSV", (text) => csvLine([text]), TEXTS);
grows("reading a mailbox", mailboxOf, [
  ["its length", filled("a", "", "@")],
  ["its blanks", filled(" ", "a", "<a@b>")],
  ["its angle brackets", filled("<")],
]);
grows("showing an address", displayUrl, [
  ["its path", filled("/a", "https://x")],
  ["its dots", filled("/../a", "https://x")],
]);
