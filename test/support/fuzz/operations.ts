/** Generates operations from the schema, valid and almost valid. */

import fc from "fast-check";
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isUnionType,
} from "graphql";
import { type Known, seldom, toJson, toLiteral, type Value, valuesFor } from "./values.ts";

export interface Operation {
  kind: "query" | "mutation" | "subscription";
  query: string;
  /** JSON text. */
  variables: string;
  operationName: string | null;
}

interface Argument {
  name: string;
  type: string;
  value: Value;
  asVariable: boolean;
}
interface Field {
  name: string;
  /** Null: under its own name; empty: under an alias that nothing else has. */
  alias: string | null;
  args: Argument[];
  directive: { name: string; value: Value; asVariable: boolean } | null;
  selections: Selection[] | null;
}
/** Selections on a type: inline, in a fragment of the document, or in a missing fragment. */
interface Fragment {
  on: string;
  how: "inline" | "named" | "circular" | "missing";
  selections: Selection[];
}
type Selection = Field | Fragment;

const DEPTH = 4;

/** Operations on the schema. */
export function operationsOn(schema: GraphQLSchema, known: Known): fc.Arbitrary<Operation> {
  const valuesOf = valuesFor(known);

  const argument = (arg: GraphQLArgument, given: fc.Arbitrary<boolean>): fc.Arbitrary<Argument | null> =>
    fc
      .tuple(valuesOf(arg.type, arg.name), fc.boolean(), given)
      .map(([value, asVariable, isGiven]) =>
        isGiven ? { name: arg.name, type: String(arg.type), value, asVariable } : null,
      );
  const mostly = fc.integer({ min: 0, max: 200 }).map((n) => n > 0);
  const directive = seldom(
    fc.record({
      name: fc.oneof(
        { arbitrary: fc.constantFrom("include", "skip"), weight: 30 },
        { arbitrary: fc.constant("unknown"), weight: 1 },
      ),
      value: fc.oneof({ arbitrary: fc.boolean(), weight: 30 }, { arbitrary: fc.constant(null), weight: 1 }),
      asVariable: fc.boolean(),
    }),
    20,
  );
  const alias = fc.oneof(
    { arbitrary: fc.constant(""), weight: 60 },
    { arbitrary: fc.constantFrom(null, "a", "__proto__", "answer"), weight: 1 },
  );

  function field(of: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<Field> {
    const type = getNamedType(of.type);
    const args = of.args.map((arg) => argument(arg, String(arg.type).endsWith("!") ? mostly : fc.boolean()));
    const inner = isLeafType(type) ? fc.constant(null) : selections(type, depth - 1);
    return fc.record({
      name: fc.constant(of.name),
      alias,
      args: fc.tuple(...args).map((given) => given.filter((arg) => arg !== null)),
      directive,
      selections: inner,
    });
  }

  const typename = fc.constant<Field>({ name: "__typename", alias: null, args: [], directive: null, selections: null });
  const unknown = fc.constant<Field>({ name: "unknown", alias: null, args: [], directive: null, selections: null });

  function selections(type: GraphQLNamedType, depth: number): fc.Arbitrary<Selection[]> {
    const choices: fc.WeightedArbitrary<Selection>[] = [{ arbitrary: typename, weight: 1 }];
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const of of Object.values(type.getFields())) {
        if (depth > 0 || isLeafType(getNamedType(of.type))) choices.push({ arbitrary: field(of, depth), weight: 2 });
      }
    }
    const types = isUnionType(type) ? type.getTypes() : isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
    for (const on of depth > 0 ? types : []) choices.push({ arbitrary: fragment(on, depth), weight: 2 });
    if (isObjectType(type) && depth > 1) choices.push({ arbitrary: fragment(type, depth), weight: 1 });
    const one = fc.oneof(...choices);
    const some = fc.array(one, { minLength: 1, maxLength: 4 });
    return fc.oneof(
      { arbitrary: some, weight: 400 },
      { arbitrary: fc.tuple(some, unknown).map(([those, bad]) => [...those, bad]), weight: 1 },
    );
  }

  function fragment(on: GraphQLNamedType, depth: number): fc.Arbitrary<Fragment> {
    return fc.record({
      on: fc.constant(on.name),
      how: fc.oneof(
        { arbitrary: fc.constantFrom<Fragment["how"][]>("inline", "named"), weight: 150 },
        { arbitrary: fc.constantFrom<Fragment["how"][]>("circular", "missing"), weight: 1 },
      ),
      selections: selections(on, depth - 1),
    });
  }

  const roots = [
    ["query", schema.getQueryType(), 4],
    ["mutation", schema.getMutationType(), 4],
    ["subscription", schema.getSubscriptionType(), 1],
  ] as const;
  return fc.oneof(
    ...roots.map(([kind, type, weight]) => {
      const of = Object.values(type?.getFields() ?? {}).map((root) => field(root, DEPTH));
      const top = fc.array(fc.oneof(...of), { minLength: 1, maxLength: kind === "subscription" ? 1 : 3 });
      const arbitrary = fc
        .tuple(top, spoiling, seldom(fc.constantFrom("Op", "Other", ""), 30))
        .map(([fields, spoil, operationName]): Operation => {
          const { document, variables } = print(kind, fields);
          return { kind, query: spoil(document), variables, operationName };
        });
      return { arbitrary, weight };
    }),
  );
}

/** Returns a document unchanged, or with a fault. */
const spoiling: fc.Arbitrary<(text: string) => string> = fc.oneof(
  { arbitrary: fc.constant((text: string) => text), weight: 30 },
  {
    arbitrary: fc
      .tuple(fc.nat(), fc.constantFrom("{", "}", "$", "...", '"', "@", "\u0000", "#", "query Op { __typename }", "!"))
      .map(([at, extra]) => (text: string) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + extra + text.slice(place);
      }),
    weight: 1,
  },
);

function print(kind: Operation["kind"], fields: readonly Field[]): { document: string; variables: string } {
  const declared: string[] = [];
  const given: string[] = [];
  const fragments: string[] = [];
  let aliases = 0;

  function value(of: Value, type: string, asVariable: boolean): string {
    if (!asVariable) return toLiteral(of);
    const name = `v${declared.length}`;
    declared.push(`$${name}: ${type}`);
    given.push(`"${name}":${toJson(of)}`);
    return `$${name}`;
  }
  function one(selection: Selection): string {
    if ("on" in selection) return spread(selection);
    const { name, alias, args, directive, selections } = selection;
    const values = args.map((arg) => `${arg.name}: ${value(arg.value, arg.type, arg.asVariable)}`);
    return [
      alias === null ? name : `${alias || `f${aliases++}`}: ${name}`,
      values.length > 0 ? `(${values.join(" ")})` : "",
      directive === null ? "" : ` @${directive.name}(if: ${value(directive.value, "Boolean!", directive.asVariable)})`,
      selections === null ? "" : ` ${all(selections)}`,
    ].join("");
  }
  function spread({ on, how, selections }: Fragment): string {
    if (how === "inline") return `... on ${on} ${all(selections)}`;
    if (how === "missing") return "...Missing";
    const name = `F${fragments.length}`;
    fragments.push("");
    const own = how === "circular" ? `{ ...${name} }` : all(selections);
    fragments[Number(name.slice(1))] = `fragment ${name} on ${on} ${own}`;
    return `...${name}`;
  }
  const all = (selections: readonly Selection[]): string => `{ ${selections.map(one).join(" ")} }`;

  const body = all(fields);
  const head = declared.length > 0 ? `${kind} Op(${declared.join(" ")})` : `${kind} Op`;
  return { document: [`${head} ${body}`, ...fragments].join("\n"), variables: `{${given.join(",")}}` };
}
