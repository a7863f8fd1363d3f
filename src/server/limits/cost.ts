/**
 * Estimates the cost of an operation before it runs: the number of fields that its result may have. A page counts as
 * `first` or `last` items, or as its default size; `nodes` counts as the number of ids; any other list of objects
 * counts as five. The real length of such a list is counted while the operation runs (`budget.ts`).
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
/** The arguments that set the length of a list. */
const SIZES = ["first", "last", "ids"];
/** The arguments of pages, and the length of the page without the argument. */
const SIZES_OF_PAGES = [
  ["first", DEFAULT_FIRST],
  ["last", MOST_FIRST],
] as const;
const MOST_CACHED = 50;

const estimate: ComplexityEstimator = ({ field, args, childComplexity }) => 1 + childComplexity * itemsOf(field, args);

function itemsOf(field: Parameters<ComplexityEstimator>[0]["field"], args: Record<string, unknown>): number {
  const sizes = SIZES_OF_PAGES.filter(([name]) => field.args.some((argument) => argument.name === name));
  const size = sizes.find(([name]) => typeof args[name] === "number") ?? sizes[0];
  if (size !== undefined) {
    const [name, length] = size;
    const given = args[name];
    // The resolver refuses a size outside the limits with its own error.
    return Math.min(Math.max(typeof given === "number" ? given : length, 1), MOST_FIRST);
  }
  if (Array.isArray(args.ids)) return args.ids.length;
  // The edges of a page are already counted with the page.
  const others = isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
  return others && field.name !== "edges" ? ITEMS_OF_OTHER_LISTS : 1;
}

/** Returns the cost of an operation of a valid document; null if it is too high to count. */
export type CostOf = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
) => number | null;

/** @param mostFields stops counting at this number */
export function createCost(schema: GraphQLSchema, mostFields: number): CostOf {
  // Most documents cost the same each time, or depend only on the length of a page.
  const cached = new WeakMap<
    OperationDefinitionNode,
    { variables: readonly string[]; costs: Map<string, number | null> }
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
      // The execution reports the error of a variable, and costs nothing then.
      validate(schema, document, [rule]);
    } catch {
      return null;
    }
    return cost;
  }

  return (document, operation, variables) => {
    let entry = cached.get(operation);
    if (entry === undefined) {
      entry = { variables: costVariables(document), costs: new Map() };
      cached.set(operation, entry);
    }
    const key = JSON.stringify(entry.variables.map((name) => sizeOf(variables?.[name])));
    const before = entry.costs.get(key);
    if (before !== undefined) return before;
    const cost = count(document, operation, variables);
    if (entry.costs.size >= MOST_CACHED) entry.costs.clear();
    // A cost of 0 means that a variable is not valid. Another operation with the same page size may be valid.
    if (cost !== 0) entry.costs.set(key, cost);
    return cost;
  };
}

/** The variables that the cost depends on: those of sizes, `@skip` and `@include`. */
function costVariables(document: DocumentNode): string[] {
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

/** The part of a variable that affects the cost: its value, or the length of a list. */
const sizeOf = (value: unknown): unknown =>
  Array.isArray(value) ? [value.length] : typeof value === "object" || typeof value === "string" ? null : value;
