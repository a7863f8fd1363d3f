/** Reads the documents of the contract, each with the fragments that it uses. */

import { readFileSync } from "node:fs";
import { Kind, parse, print, separateOperations } from "graphql";

const document = parse(readFileSync(new URL("../../contract/operations.graphql", import.meta.url), "utf8"));
const operations = separateOperations(document);

/** The text of an operation. */
export function operation(name: string): string {
  const found = operations[name];
  if (found === undefined) throw new Error(`The contract has no operation ${name}.`);
  return print(found);
}

/** The names of the fields that a fragment selects. */
export function fragmentFields(name: string): string[] {
  const fragment = document.definitions.find(
    (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name,
  );
  if (fragment?.kind !== Kind.FRAGMENT_DEFINITION) throw new Error(`The contract has no fragment ${name}.`);
  return fragment.selectionSet.selections.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : []));
}
