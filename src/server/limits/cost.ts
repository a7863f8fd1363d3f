/**
 * What an operation costs, estimated before it is run: the fields that its answer may hold. A page counts as `first` or
 * `last` items, or as many as it has by default; `nodes` as many as there are ids; any other list of objects as five. What
 * such a list really holds is counted while the operation runs (`budget.ts`).
 */

import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  type OperationDefinitionNode,
  validate,
  visit,
} from "graphql";
import { type ComplexityEstimator, createComplexityRule } from "graphql-query-complexity";
import { DEFAULT_FIRST, MOST_FIRST } from "../../resolvers/paging.ts";

const ITEMS_OF_OTHER_LISTS = 5;
/** The arguments that say how long a list is. */
const SIZES = ["first", "last", "ids"];
/** Of a page: the argument, and how long it is without. */
const SIZES_OF_PAGES = [
  ["first", DEFAULT_FIRST],
  ["last", MOST_FIRST],
] as const;
const MOST_KEPT = 50;

const estimate: ComplexityEstimator = ({ field, args, childComplexity }) => 1 + childComplexity * itemsOf(field, args);

function itemsOf(field: Parameters<ComplexityEstimator>[0]["field"], args: Record<string, unknown>): number {
  const sizes = SIZES_OF_PAGES.filter(([name]) => field.args.some((argument) => argument.name === name));
  const size = sizes.find(([name]) => typeof args[name] === "number") ?? sizes[0];
  if (size !== undefined) {
    const [name, length] = size;
    const given = args[name];
    // A page that is out of bounds is refused where it is read, which says so.
    return Math.min(Math.max(typeof given === "number" ? given : length, 1), MOST_FIRST);
  }
  if (Array.isArray(args.ids)) return args.ids.length;
  // The edges of a page have been counted with their page.
  const others = isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
  return others && field.name !== "edges" ? ITEMS_OF_OTHER_LISTS : 1;
}

/** How much an operation of a valid document costs; null for more than could be counted. */
export type CostOf = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
) => number | null;

/** @param mostFields where counting ends */
export function createCost(schema: GraphQLSchema, mostFields: number): CostOf {
  // Most documents cost the same each time, or differ by the length of a page.
  const kept = new WeakMap<
    OperationDefinitionNode,
    { bearing: readonly string[]; costs: Map<string, number | null> }
  >();

  function count(...[document, operation, variables]: Parameters<CostOf>): number | null {
    let cost = 0;
    const rule = createComplexityRule({
      estimators: [estimate],
      maximumComplexity: Number.POSITIVE_INFINITY,
      maxQueryNodes: mostFields + 1,
      ...(variables != null && { variables }),
      ...(operation.name !== undefined && { operationName: operation.name.value }),
      onComplete: (complexity) => {
        cost = complexity;
      },
    });
    try {
      // What is wrong with a variable is told by the execution, which costs nothing then.
      validate(schema, document, [rule]);
    } catch {
      return null;
    }
    return cost;
  }

  return (document, operation, variables) => {
    let one = kept.get(operation);
    if (one === undefined) {
      one = { bearing: bearingVariables(document), costs: new Map() };
      kept.set(operation, one);
    }
    const key = JSON.stringify(one.bearing.map((name) => sizeOf(variables?.[name])));
    const before = one.costs.get(key);
    if (before !== undefined) return before;
    const cost = count(document, operation, variables);
    if (one.costs.size >= MOST_KEPT) one.costs.clear();
    // Nothing was counted where a variable is wrong; the next ones with the same page may be right.
    if (cost !== 0) one.costs.set(key, cost);
    return cost;
  };
}

/** The variables that a cost depends on: of sizes, and of `@skip` and `@include`. */
function bearingVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  const within = (node: FieldNode["arguments"]) => {
    for (const argument of node ?? []) {
      visit(argument, { Variable: ({ name }) => void names.add(name.value) });
    }
  };
  visit(document, {
    Field: ({ arguments: given }) => within(given?.filter(({ name }) => SIZES.includes(name.value))),
    Directive: ({ arguments: given }) => within(given as FieldNode["arguments"]),
  });
  return [...names];
}

/** What of a variable matters: its value, or the length of a list. */
const sizeOf = (value: unknown): unknown =>
  Array.isArray(value) ? [value.length] : typeof value === "object" || typeof value === "string" ? null : value;
