/** Converts GraphQL types with their descriptions to JSON Schema (2020-12, as in OpenAPI 3.1). */

import {
  type FieldNode,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from "graphql";
import { isRequired } from "./prepared.ts";

export type JsonSchema = { [key: string]: unknown };

const SCALARS: Record<string, JsonSchema> = {
  ID: { type: "string" },
  String: { type: "string" },
  Boolean: { type: "boolean" },
  Int: { type: "integer", format: "int32" },
  SafeInt: { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
  DateTime: { type: "string", format: "date-time" },
  JSON: {},
  JSONObject: { type: "object", additionalProperties: true },
};

const described = (schema: JsonSchema, description: string | null | undefined): JsonSchema =>
  description ? { ...schema, description } : schema;

function orNull(schema: JsonSchema): JsonSchema {
  if (typeof schema.type === "string") return { ...schema, type: [schema.type, "null"] };
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: "null" }] };
}

/** Fields that a response contains only if they are true. */
const ONLY_IF_TRUE = ["contentOmitted"];

/** The name of a field in the response. */
const keyOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

/** Collects the components by name: enums, inputs and the fragments of responses. */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /** Returns a reference to a component, which it creates at the first call. */
  #named(name: string, make: () => JsonSchema): JsonSchema {
    if (!Object.hasOwn(this.schemas, name)) {
      // Stored before it is created, because a type may refer to itself.
      this.schemas[name] = {};
      this.schemas[name] = make();
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  leaf(type: GraphQLLeafType): JsonSchema {
    if (!isEnumType(type)) {
      const schema = SCALARS[type.name];
      if (schema === undefined) throw new Error(`The scalar ${type.name} has no JSON Schema.`);
      return schema;
    }
    return this.#named(type.name, () => {
      const values = type.getValues();
      const lines = values.map(({ name, description }) => `- \`${name}\`: ${description ?? ""}`);
      const description = [type.description ?? "", ...lines].join("\n");
      return { type: "string", enum: values.map(({ name }) => name), description };
    });
  }

  /** @param without a field that is not in the body */
  input(type: GraphQLInputType, without: string | null = null): JsonSchema {
    if (!isNonNullType(type)) return orNull(this.given(type, without));
    return this.given(type.ofType, without);
  }

  /** The type without null, for a value that can only be omitted, as in a query string. */
  given(type: GraphQLInputType, without: string | null = null): JsonSchema {
    if (isNonNullType(type)) return this.given(type.ofType, without);
    if (isListType(type)) return { type: "array", items: this.input(type.ofType) };
    if (isInputObjectType(type)) return this.#named(type.name, () => this.#inputObject(type, without));
    return this.leaf(type);
  }

  #inputObject(type: GraphQLInputObjectType, without: string | null): JsonSchema {
    const fields = Object.values(type.getFields()).filter(({ name }) => name !== without);
    const required = fields.filter((field) => isRequired(field.type, field.defaultValue)).map(({ name }) => name);
    const properties = fields.map((field) => [field.name, described(this.input(field.type), field.description)]);
    return described(
      {
        type: "object",
        properties: Object.fromEntries(properties),
        ...(required.length > 0 && { required }),
        additionalProperties: false,
      },
      type.description,
    );
  }

  /** The selected fields of a type. A selection of one fragment is a component with the fragment's name. */
  output(type: GraphQLOutputType, selected: SelectionSetNode | undefined, fragments: Fragments): JsonSchema {
    if (!isNonNullType(type)) return orNull(this.#nonNull(type, selected, fragments));
    return this.#nonNull(type.ofType, selected, fragments);
  }

  #nonNull(type: GraphQLOutputType, selected: SelectionSetNode | undefined, fragments: Fragments): JsonSchema {
    if (isListType(type)) return { type: "array", items: this.output(type.ofType, selected, fragments) };
    if (!isObjectType(type)) return this.leaf(type as GraphQLLeafType);
    const [only, ...more] = selected?.selections ?? [];
    if (only?.kind === "FragmentSpread" && more.length === 0) {
      const { value } = only.name;
      return this.#named(value, () => this.#object(type, fragments.get(value) as SelectionSetNode, fragments));
    }
    return this.#object(type, selected as SelectionSetNode, fragments);
  }

  #object(type: GraphQLObjectType, { selections }: SelectionSetNode, fragments: Fragments): JsonSchema {
    const nodes = selections.filter((node): node is FieldNode => node.kind === "Field");
    const properties = nodes.map((node) => {
      const field = type.getFields()[node.name.value];
      if (field === undefined) throw new Error(`${type.name} has no field ${node.name.value}.`);
      return [keyOf(node), described(this.output(field.type, node.selectionSet, fragments), field.description)];
    });
    const schema = {
      type: "object",
      properties: Object.fromEntries(properties),
      required: nodes.map(keyOf).filter((key) => !ONLY_IF_TRUE.includes(key)),
    };
    return described(schema, type.description);
  }
}

/** The selections of a document's fragments, by name. */
export type Fragments = ReadonlyMap<string, SelectionSetNode>;
