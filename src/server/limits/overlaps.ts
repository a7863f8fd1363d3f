/**
 * Estimates the work to validate that fields with the same name can be merged: GraphQL compares them pair by pair, and
 * the fields below each pair as well. The count runs before validation and stops at a limit, so it is cheap.
 */

import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from "graphql";

/** Selection sets whose fields are at the same place in the result. */
interface Level {
  sets: readonly SelectionSetNode[];
  depth: number;
}

/**
 * Counts the pairs of fields at the same place, and the fields that are visited to find them.
 * @param most stops counting at this number
 * @param deepest the number of levels to visit, because a fragment may include itself
 * @returns null for more than `most`
 */
export function overlapsOf(document: DocumentNode, most: number, deepest: number): number | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const open: Level[] = [];
  for (const node of document.definitions) {
    if (node.kind === "FragmentDefinition") fragments.set(node.name.value, node);
    if (node.kind === "FragmentDefinition" || node.kind === "OperationDefinition") {
      open.push({ sets: [node.selectionSet], depth: 1 });
    }
  }
  let work = 0;

  /** The fields of a level by their names in the result, including those of fragments. */
  function fieldsOf({ sets }: Level): ReadonlyMap<string, { count: number; sets: SelectionSetNode[] }> | null {
    const fields = new Map<string, { count: number; sets: SelectionSetNode[] }>();
    const spread = new Set<string>();
    const within = [...sets];
    for (let set = within.pop(); set !== undefined; set = within.pop()) {
      work += set.selections.length;
      if (work > most) return null;
      for (const selection of set.selections) {
        if (selection.kind === "InlineFragment") within.push(selection.selectionSet);
        else if (selection.kind === "FragmentSpread") {
          const name = selection.name.value;
          const fragment = fragments.get(name);
          if (fragment === undefined || spread.has(name)) continue;
          // Each fragment of a level is compared with every other.
          work += spread.size;
          spread.add(name);
          within.push(fragment.selectionSet);
        } else {
          const name = (selection.alias ?? selection.name).value;
          const field = fields.get(name) ?? { count: 0, sets: [] };
          work += field.count;
          field.count += 1;
          if (selection.selectionSet !== undefined) field.sets.push(selection.selectionSet);
          fields.set(name, field);
        }
      }
    }
    return fields;
  }

  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    const fields = fieldsOf(level);
    if (fields === null || work > most) return null;
    if (level.depth === deepest) continue;
    for (const { sets } of fields.values()) if (sets.length > 0) open.push({ sets, depth: level.depth + 1 });
  }
  return work;
}
