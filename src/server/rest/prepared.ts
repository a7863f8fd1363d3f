/** Prepares the routes at start: parses the documents and finds the types of the parameters. */

import {
  type DefinitionNode,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { Issue } from "../../model/errors.ts";
import { FRAGMENTS } from "./documents.ts";
import { checkInput, type Path } from "./input.ts";
import type { RestRoute } from "./route.ts";
import { restTable } from "./table.ts";

/** A parameter of the query string. */
export interface Parameter {
  name: string;
  variable: Path;
  type: GraphQLInputType;
  description: string;
  defaultValue: unknown;
}

export interface Prepared {
  route: RestRoute;
  document: DocumentNode;
  updates: DocumentNode | null;
  parameters: ReadonlyMap<string, Parameter>;
  /** The type of the variable that the body sets; null without a body. */
  bodyType: GraphQLInputType | null;
  /** The field of the body that the path sets; null if there is none. */
  fixedField: string | null;
  /** The type errors of the variables, by the names that the client uses. */
  issuesOf(variables: Record<string, unknown>): Issue[];
  /** The client's name of a variable, as a dotted path. */
  nameOf(variable: string): string;
}

/** Checking stops after so many issues, because a body may contain a million. */
const MOST_ISSUES = 100;

/** @throws Error if a parameter of a route does not match the route's document */
export function prepareTable(schema: GraphQLSchema): readonly Prepared[] {
  return restTable(schema).map((route) => prepare(schema, route));
}

function prepare(schema: GraphQLSchema, route: RestRoute): Prepared {
  const document = read(route.document);
  const types = variableTypes(schema, document);
  const args = argumentsOf(schema, document);
  const parameters = new Map(
    Object.entries(route.query ?? {}).map(([name, variable]) => [
      name,
      parameterOf(name, variable.split("."), types, args),
    ]),
  );
  const nameOf = (variable: string) => clientName(route, variable);
  return {
    route,
    document,
    updates: route.updates === undefined ? null : read(route.updates),
    parameters,
    bodyType: route.body === undefined ? null : typeOf(types, route.body),
    fixedField: route.body !== undefined ? (route.id?.split(".")[1] ?? null) : null,
    issuesOf(variables) {
      const issues: Issue[] = [];
      const report = (path: Path, message: string) =>
        issues.push({ path: nameOf(path.join(".")), message }) < MOST_ISSUES;
      for (const [name, type] of types) if (!checkInput(type, variables[name], [name], report)) break;
      return issues;
    },
    nameOf,
  };
}

const options = { noLocation: true };
const fragments = new Map(
  parse(FRAGMENTS, options).definitions.flatMap((node) =>
    node.kind === "FragmentDefinition" ? [[node.name.value, node] as const] : [],
  ),
);

/** An operation with the fragments that it uses. A test checks that it matches the schema. */
function read(text: string): DocumentNode {
  const definitions: DefinitionNode[] = [...parse(text, options).definitions];
  // The loop also visits the fragments that it adds.
  for (const definition of definitions) {
    visit(definition, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment !== undefined && !definitions.includes(fragment)) definitions.push(fragment);
      },
    });
  }
  return { kind: Kind.DOCUMENT, definitions };
}

function variableTypes(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<string, GraphQLInputType> {
  const types = new Map<string, GraphQLInputType>();
  visit(document, {
    VariableDefinition({ variable, type }) {
      types.set(variable.name.value, typeFromAST(schema, type as never) as GraphQLInputType);
    },
  });
  return types;
}

/** The argument of each variable. Its description is the parameter's description. */
function argumentsOf(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<string, GraphQLArgument> {
  const found = new Map<string, GraphQLArgument>();
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      Argument({ value }) {
        const argument = info.getArgument();
        if (value.kind === "Variable" && argument) found.set(value.name.value, argument);
      },
    }),
  );
  return found;
}

function typeOf(types: ReadonlyMap<string, GraphQLInputType>, variable: string): GraphQLInputType {
  const type = types.get(variable);
  if (type === undefined) throw new Error(`A REST document has no variable ${variable}.`);
  return type;
}

function parameterOf(
  name: string,
  [variable = "", ...fields]: string[],
  types: ReadonlyMap<string, GraphQLInputType>,
  args: ReadonlyMap<string, GraphQLArgument>,
): Parameter {
  let type = typeOf(types, variable);
  let description = args.get(variable)?.description ?? "";
  let defaultValue: unknown;
  for (const field of fields) {
    const holder = getNullableType(type);
    const inner = isInputObjectType(holder) ? holder.getFields()[field] : undefined;
    if (inner === undefined)
      throw new Error(`A REST route sends ${name} to ${variable}.${field}, which does not exist.`);
    type = inner.type;
    description = inner.description ?? description;
    defaultValue = inner.defaultValue;
  }
  return { name, variable: [variable, ...fields], type, description, defaultValue };
}

/** The parameter that sets the variable; for a field of the body, the name of the field. */
function clientName(route: RestRoute, variable: string): string {
  if (variable === route.id) return "id";
  const sources = [...Object.entries(route.query ?? {}), ...(route.body === undefined ? [] : [["", route.body]])];
  for (const [name, target] of sources) {
    if (variable === target) return name as string;
    if (variable.startsWith(`${target}.`)) {
      return [name, variable.slice((target as string).length + 1)].filter(Boolean).join(".");
    }
  }
  return variable;
}

/** Whether a field is required. */
export const isRequired = (type: GraphQLInputType, defaultValue: unknown): boolean =>
  isNonNullType(type) && defaultValue === undefined;

/** Whether a type is a list, nullable or not. */
export const isList = (type: GraphQLInputType): boolean => isListType(getNullableType(type));
