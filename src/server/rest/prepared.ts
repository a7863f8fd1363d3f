/** The table made ready at start: documents parsed, and the type behind every parameter found. */

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
  /** The type of the variable that is the body; null where there is none. */
  bodyType: GraphQLInputType | null;
  /** The field of the body that the path gives; null where there is none. */
  fixedField: string | null;
  /** What is wrong with the types of the variables, each fault under the name that the client knows. */
  issuesOf(variables: Record<string, unknown>): Issue[];
  /** The name that the client knows a variable by; dotted. */
  nameOf(variable: string): string;
}

/** Checking stops after so many issues, because a body may contain a million. */
const MOST_ISSUES = 100;

/** @throws an Error where a parameter of the table does not fit its document */
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

/** An operation with the fragments that it uses. That it fits the schema, a test makes sure of. */
function read(text: string): DocumentNode {
  const definitions: DefinitionNode[] = [...parse(text, options).definitions];
  // The list grows while it is gone through, by the fragments within fragments.
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

/** The argument that each variable is given to: its description is the parameter's. */
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
  if (type === undefined) throw new Error(`A document of REST has no variable ${variable}.`);
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
      throw new Error(`A route of REST sends ${name} to ${variable}.${field}, which is not there.`);
    type = inner.type;
    description = inner.description ?? description;
    defaultValue = inner.defaultValue;
  }
  return { name, variable: [variable, ...fields], type, description, defaultValue };
}

/** The longest parameter that the variable is in; the body's fields go by their own names. */
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

/** Whether a field has to be given. */
export const isRequired = (type: GraphQLInputType, defaultValue: unknown): boolean =>
  isNonNullType(type) && defaultValue === undefined;

/** Whether a type is a list, null or not. */
export const isList = (type: GraphQLInputType): boolean => isListType(getNullableType(type));
