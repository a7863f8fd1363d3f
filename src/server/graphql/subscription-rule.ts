/**
 * A rule for documents: the root field of a subscription may be neither skipped nor included by a condition, in line or
 * in a fragment. Without its field a subscription has nothing to follow, and graphql 16 fails in the middle of starting
 * it. The specification has the rule since September 2025.
 */

import { type ASTVisitor, GraphQLError, type SelectionSetNode, type ValidationContext } from "graphql";

const CONDITIONS = ["skip", "include"];

/** As `validate` takes it. */
export function UnconditionalSubscriptionRule(context: ValidationContext): ASTVisitor {
  function check({ selections }: SelectionSetNode, seen: Set<string>): void {
    for (const selection of selections) {
      const condition = selection.directives?.find(({ name }) => CONDITIONS.includes(name.value));
      if (condition !== undefined) {
        const told = `The root field of a subscription may not depend on @${condition.name.value}.`;
        context.reportError(new GraphQLError(told, { nodes: condition }));
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
