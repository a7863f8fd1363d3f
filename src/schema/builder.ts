/** The schema builder. The other files of this folder add the types. */

import SchemaBuilder, { brandWithType } from "@pothos/core";
import ErrorsPlugin from "@pothos/plugin-errors";
import RelayPlugin from "@pothos/plugin-relay";
import type { Json, JsonObject } from "../model/approvals.ts";
import type { Context } from "../resolvers/context.ts";
import { type GlobalId, globalId, parseGlobalId } from "../resolvers/ids.ts";
import { checkNodeIds, nodeOf } from "../resolvers/nodes.ts";

export interface Types {
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    SafeInt: { Input: number; Output: number };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: Json; Output: Json };
    JSONObject: { Input: JsonObject; Output: JsonObject };
  };
}

// Rows do not contain their type; the brand identifies it for the Node interface.
async function node(id: { typename: string; id: string }, context: Context): Promise<object | null> {
  const row = await nodeOf(id as GlobalId, context);
  brandWithType<PothosSchemaTypes.ExtendDefaultTypes<Types>>(row, id.typename as never);
  return row;
}

export const builder = new SchemaBuilder<Types>({
  plugins: [ErrorsPlugin, RelayPlugin],
  defaultFieldNullability: false,
  errors: { directResult: true },
  relay: {
    encodeGlobalID: (typename, id) => globalId(typename, String(id)),
    decodeGlobalID: parseGlobalId,
    idFieldOptions: { description: "The global id. It is opaque, and the same in every interface." },
    nodeTypeOptions: { description: "An object with a global id." },
    nodeQueryOptions: {
      description:
        "An object by its global id; null if the id is unknown or malformed, or the viewer may not see the " +
        "object.",
      args: { id: { description: "The global id." } },
      resolve: (_root, { id }, context) => node(id, context),
    },
    nodesQueryOptions: {
      description: "Objects by their global ids, in the order of the ids; null for each that is not found.",
      args: { ids: { description: "The global ids; at most 100." } },
      resolve: (_root, { ids }, context) => checkNodeIds(ids).map((id) => node(id, context)),
    },
    pageInfoTypeOptions: { description: "The position of a page in its list." },
    hasNextPageFieldOptions: { description: "Whether there are entries after this page." },
    hasPreviousPageFieldOptions: { description: "Whether the page starts after a cursor." },
    startCursorFieldOptions: { description: "The cursor of the first edge; null on an empty page." },
    endCursorFieldOptions: { description: "The cursor of the last edge; null on an empty page." },
  },
});
