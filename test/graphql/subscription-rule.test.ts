import { parse, validate } from "graphql";
import { expect, it } from "vitest";
import { schema } from "../../src/schema/index.ts";
import { UnconditionalSubscriptionRule } from "../../src/server/graphql/subscription-rule.ts";

const faults = (text: string) => validate(schema, parse(text), [UnconditionalSubscriptionRule]).length;
const FIELD = "pendingApprovalsUpdated";

it.each([
  `subscription { ${FIELD} @skip(if: true) { pendingCount } }`,
  `subscription ($v: Boolean!) { ${FIELD} @include(if: $v) { pendingCount } }`,
  `subscription { ... @include(if: false) { ${FIELD} { pendingCount } } }`,
  `subscription { ...F @skip(if: true) } fragment F on Subscription { ${FIELD} { pendingCount } }`,
  `subscription { ...F } fragment F on Subscription { ...G } fragment G on Subscription {
    ...F ${FIELD} @skip(if: true) { pendingCount } }`,
])("the root field of a subscription may not hang on a condition: %s", (text) => {
  expect(faults(text)).toBe(1);
});

it.each([
  `subscription { ${FIELD} { pendingCount @skip(if: true) change } }`,
  "{ viewer @skip(if: true) { userId } }",
  "subscription { ...F } fragment F on Subscription { ...F }",
])("anything else may: %s", (text) => {
  expect(faults(text)).toBe(0);
});
