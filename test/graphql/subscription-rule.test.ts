/** Tests the validation rule for directives on the root field of a subscription. */

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
])("the root field of a subscription may not depend on a directive: %s", (text) => {
  expect(faults(text)).toBe(1);
});

it.each([
  `subscription { ${FIELD} { pendingCount @skip(if: true) change } }`,
  "{ viewer @skip(if: true) { userId } }",
  "subscription { ...F } fragment F on Subscription { ...F }",
])("a directive elsewhere is allowed: %s", (text) => {
  expect(faults(text)).toBe(0);
});
