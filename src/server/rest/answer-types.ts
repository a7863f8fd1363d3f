/** Finds the types and the selections of the responses in the schema. */

import {
  type DocumentNode,
  type FieldNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isListType,
  isObjectType,
  type SelectionSetNode,
} from "graphql";
import { resultOf } from "./documents.ts";
import type { RestRoute } from "./route.ts";

/** A place in a document: its type and its selection. */
export interface Place {
  type: GraphQLOutputType;
  selected: SelectionSetNode | undefined;
  description: string;
}

/** The root field of a route's document. */
export interface Root {
  mutation: boolean;
  field: string;
  description: string;
}

const operationOf = (document: DocumentNode) => {
  const operation = document.definitions.find((node) => node.kind === "OperationDefinition");
  if (operation === undefined) throw new Error("A REST document has no operation.");
  return operation;
};

export function rootOf(schema: GraphQLSchema, document: DocumentNode): Root {
  const { operation, selectionSet } = operationOf(document);
  const field = (selectionSet.selections[0] as FieldNode).name.value;
  const mutation = operation === "mutation";
  const type = mutation ? schema.getMutationType() : schema.getQueryType();
  return { mutation, field, description: type?.getFields()[field]?.description ?? "" };
}

/** The object that a route returns; for a list, an item of it. */
export function answerOf(schema: GraphQLSchema, route: RestRoute, document: DocumentNode): Place {
  const { operation, selectionSet } = operationOf(document);
  const root = selectionSet.selections[0] as FieldNode;
  let place: Place;
  if (operation === "mutation") {
    const { payload } = resultOf(schema, root.name.value);
    const part = root.selectionSet?.selections.find(
      (node) => node.kind === "InlineFragment" && node.typeCondition?.name.value === payload.name,
    );
    place = { type: payload, selected: (part as FieldNode | undefined)?.selectionSet, description: "" };
  } else {
    const type = schema.getQueryType();
    if (type == null) throw new Error("The schema has no queries.");
    place = step({ type, selected: selectionSet, description: "" }, root.name.value);
  }
  if (route.at !== undefined) place = step(place, route.at);
  if (!route.list) return place;
  const type = getNullableType(place.type);
  return isListType(type) ? { ...place, type: type.ofType } : step(step(place, "edges"), "node");
}

function step({ type, selected }: Place, name: string): Place {
  let object = getNullableType(type);
  if (isListType(object)) object = getNullableType(object.ofType);
  const field = isObjectType(object) ? object.getFields()[name] : undefined;
  const node = selected?.selections.find((node) => node.kind === "Field" && node.name.value === name);
  if (field === undefined || node?.kind !== "Field") throw new Error(`A REST document does not select ${name}.`);
  return { type: field.type, selected: node.selectionSet, description: field.description ?? "" };
}

/** The selections of a document's fragments, by name. */
export const fragmentsOf = (document: DocumentNode): ReadonlyMap<string, SelectionSetNode> =>
  new Map(
    document.definitions.flatMap((node) =>
      node.kind === "FragmentDefinition" ? [[node.name.value, node.selectionSet] as const] : [],
    ),
  );
