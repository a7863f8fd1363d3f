/**
 * A validation rule: the root field of a subscription may not depend on `@skip` or `@include`, directly or in a
 * fragment. Without its root field, graphql 16 fails while it starts the subscription. The rule is in the specification
 * since September 2025.
 */

import { type ASTVisitor, GraphQLError, type SelectionSetNode, type ValidationContext } from "graphql";

const CONDITIONS = ["skip", "include"];

/** For `validate`. */
export function UnconditionalSubscriptionRule(context: ValidationContext): ASTVisitor {
  function check({ selections }: SelectionSetNode, seen: Set<string>): void {
    for (const selection of selections) {
      const condition = selection.directives?.find(({ name }) => CONDITIONS.includes(name.value));
      if (condition !== undefined) {
        const message = `The root field of a subscription may not depend on @${condition.name.value}.`;
        context.reportError(new GraphQLError(message, { nodes: condition }));
      }
      if (selection.kind === "InlineFragment") check(selection.selectionSet, seen);
      if (selection.kind !== "FragmentSpread" || seen.has(selection.name.value)) continue;
      seen.add(selection.name.value);
      const fragment = context.getFragment(selection.name.value);
      if (fragment) check(fragment.selectionSet, seen);
    }
  }
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation === "subscription") check(selectionSet, new Set());
      return false;
    },
  };
}
