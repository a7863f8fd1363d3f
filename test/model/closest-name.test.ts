/** The suggestion for a misspelled name, on which the handler, REST and the command rely. */

import { expect, it } from "vitest";
import { closestName, didYouMean } from "../../src/model/closest-name.ts";

const FIELDS = ["title", "timeoutMs", "timeoutAction", "notifyUsers", "notifyChannels", "allowedApprovers", "context"];
const COMMANDS = ["serve", "migrate", "wait", "token", "url", "audit", "runs"];

it.each([
  ["timoutMs", "timeoutMs"],
  ["timeoutms", "timeoutMs"],
  ["timeout_ms", "timeoutMs"],
  ["timeout", "timeoutMs"],
  ["tilte", "title"],
  ["notifyUser", "notifyUsers"],
  ["channels", "notifyChannels"],
  ["approvers", "allowedApprovers"],
  ["contextData", "context"],
])("the unknown field %s suggests %s", (name, closest) => {
  expect(closestName(name, FIELDS)).toBe(closest);
});

it.each([
  ["wiat", "wait"],
  ["mirgate", "migrate"],
  ["ulr", "url"],
  ["SERVE", "serve"],
  ["run", "runs"],
])("the unknown command %s suggests %s", (name, closest) => {
  expect(closestName(name, COMMANDS)).toBe(closest);
});

it.each(["", "-", "x", "ab", "colour", "priority", "title".repeat(100)])(
  "the name %j resembles no known name and has no suggestion",
  (name) => {
    expect(closestName(name, FIELDS)).toBeNull();
    expect(didYouMean(name, FIELDS)).toBe("");
  },
);

it("a suggestion is the end of a sentence", () => {
  expect(`timoutMs is unknown${didYouMean("timoutMs", FIELDS)}`).toBe("timoutMs is unknown; did you mean timeoutMs?");
});
