/** The table made ready at start: documents parsed and checked, and the type behind every parameter found. */

import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  TypeInfo,
  typeFromAST,
  validate,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { Issue } from "../../errors.ts";
import { FRAGMENTS } from "./documents.ts";
import { checkInput, type Path } from "./input.ts";
import { type RestRoute, restTable } from "./table.ts";

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

/** @throws an Error where a document of the table does not fit the schema */
export function prepareTable(schema: GraphQLSchema): readonly Prepared[] {
  return restTable(schema).map((route) => prepare(schema, route));
}

function prepare(schema: GraphQLSchema, route: RestRoute): Prepared {
  const document = read(schema, route.document);
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
    updates: route.updates === undefined ? null : read(schema, route.updates),
    parameters,
    bodyType: route.body === undefined ? null : typeOf(types, route.body),
    fixedField: route.body !== undefined ? (route.id?.split(".")[1] ?? null) : null,
    issuesOf(variables) {
      const issues: Issue[] = [];
      const report = (path: Path, message: string) => issues.push({ path: nameOf(path.join(".")), message });
      for (const [name, type] of types) checkInput(type, variables[name], [name], report);
      return issues;
    },
    nameOf,
  };
}

/** Fragments that nothing uses are left out, as validation would refuse them. */
function read(schema: GraphQLSchema, text: string): DocumentNode {
  const all = parse(`${text}\n${FRAGMENTS}`, { noLocation: true });
  const used = new Set<string>();
  const follow = (node: DocumentNode | DocumentNode["definitions"][number]) =>
    visit(node, {
      FragmentSpread({ name: { value } }) {
        if (used.has(value)) return;
        used.add(value);
        for (const definition of all.definitions) {
          if (definition.kind === "FragmentDefinition" && definition.name.value === value) follow(definition);
        }
      },
    });
  for (const definition of all.definitions) if (definition.kind === "OperationDefinition") follow(definition);
  const definitions = all.definitions.filter(
    (definition) => definition.kind !== "FragmentDefinition" || used.has(definition.name.value),
  );
  const document = { ...all, definitions };
  const faults = validate(schema, document);
  if (faults.length > 0) throw new Error(`A document of REST does not fit the schema: ${faults.join("; ")}\n${text}`);
  return document;
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
  const sources = [...Object.entries(route.query ?? {}), ...(route.body === undefined ? [] : [["", route.body]])];
  for (const [name, target] of sources) {
    if (variable === target) return name as string;
    if (variable.startsWith(`${target}.`)) {
      return [name, variable.slice((target as string).length + 1)].filter(Boolean).join(".");
    }
  }
  return variable;
}

/** Whether nothing but an item's own absence is allowed: a parameter or field that has to be given. */
export const isRequired = (type: GraphQLInputType, defaultValue: unknown): boolean =>
  isNonNullType(type) && defaultValue === undefined;

/** Whether a type is a list, null or not. */
export const isList = (type: GraphQLInputType): boolean => isListType(getNullableType(type));
