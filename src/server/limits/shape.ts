/**
 * Measures the shape of an operation from its document, before validation, which a malicious document can make slow.
 * Each fragment is visited once, so a document that doubles itself with fragments costs no more.
 *
 * The rules of graphql-armor are not used: they count a fragment as a level, count a page whose size is a variable as
 * one item, and return the count only within a message.
 */

import type { DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode } from "graphql";
import type { Limits } from "../../config/limits.ts";
import { LimitError } from "./limit-error.ts";

interface Shape {
  /** Levels of fields. */
  depth: number;
  aliases: number;
  /** Root fields. */
  width: number;
}

const NOTHING: Shape = { depth: 0, aliases: 0, width: 0 };

/** The shape of each operation, in the document's order. */
export function shapesOf(document: DocumentNode): ReadonlyMap<OperationDefinitionNode, Shape> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const node of document.definitions) {
    if (node.kind === "FragmentDefinition") fragments.set(node.name.value, node);
    if (node.kind === "OperationDefinition") operations.push(node);
  }
  const known = new Map<string, Shape>();

  function ofFragment(name: string): Shape {
    const before = known.get(name);
    if (before !== undefined) return before;
    // A fragment that includes itself counts as nothing; validation refuses it.
    known.set(name, NOTHING);
    const fragment = fragments.get(name);
    const shape = fragment === undefined ? NOTHING : ofSelections(fragment.selectionSet);
    known.set(name, shape);
    return shape;
  }

  function ofSelections({ selections }: SelectionSetNode): Shape {
    const shape = { ...NOTHING };
    for (const selection of selections) {
      if (selection.kind === "Field") {
        const inner = selection.selectionSet === undefined ? NOTHING : ofSelections(selection.selectionSet);
        shape.depth = Math.max(shape.depth, inner.depth + 1);
        shape.aliases += inner.aliases + (selection.alias === undefined ? 0 : 1);
        shape.width += 1;
      } else {
        const inner =
          selection.kind === "FragmentSpread" ? ofFragment(selection.name.value) : ofSelections(selection.selectionSet);
        shape.depth = Math.max(shape.depth, inner.depth);
        shape.aliases += inner.aliases;
        shape.width += inner.width;
      }
    }
    return shape;
  }

  return new Map(operations.map((operation) => [operation, ofSelections(operation.selectionSet)]));
}

/** The errors of the limits that the document's operations exceed. */
export function excessOf(document: DocumentNode, limits: Limits): LimitError[] {
  const shapes = [...shapesOf(document).values()];
  const most = (read: (shape: Shape) => number) => Math.max(0, ...shapes.map(read));
  const held = [
    ["depth", "The operation's fields are nested too deeply", most(({ depth }) => depth)],
    ["aliases", "The operation has too many aliases", most(({ aliases }) => aliases)],
    ["rootFields", "The operation has too many root fields", most(({ width }) => width)],
  ] as const;
  return held
    .filter(([name, _what, count]) => count > limits[name])
    .map(([name, what, count]) => new LimitError(name, what, count, limits[name]));
}
