/** Parsed and validated documents, kept for the next operation with the same text; HTTP and WebSocket share them. */

import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { Limits } from "../limits.ts";
import { asGraphqlError } from "./errors.ts";
import { LimitError } from "./limits/limit-error.ts";
import { excessOf } from "./limits/shape.ts";
import { UnconditionalSubscriptionRule } from "./subscription-rule.ts";

const MOST_KEPT = 1_000;
const LONGEST_KEPT = 32_768;

export interface Documents {
  /** @throws GraphQLError where the text is no document */
  parse(text: string): DocumentNode;
  /** What is wrong with the document; empty when nothing is. */
  validate(document: DocumentNode): readonly GraphQLError[];
}

/** @param options `introspection: false` refuses documents that ask for the schema, and to help guessing at it */
export function createDocuments(
  schema: GraphQLSchema,
  { introspection, limits }: { introspection: boolean; limits: Limits },
): Documents {
  const always = [...specifiedRules, UnconditionalSubscriptionRule];
  const rules = introspection ? always : [...always, NoSchemaIntrospectionCustomRule];
  const kept = new Map<string, DocumentNode>();
  const faults = new WeakMap<DocumentNode, readonly GraphQLError[]>();

  function read(text: string): DocumentNode {
    try {
      return parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      if (error instanceof GraphQLError && error.message.endsWith("Parsing aborted.")) {
        throw asGraphqlError(new LimitError("tokens", "The document has too many tokens", null, limits.tokens));
      }
      throw asFault(error, "GRAPHQL_PARSE_FAILED");
    }
  }

  function faultsOf(document: DocumentNode): readonly GraphQLError[] {
    const excess = excessOf(document, limits);
    if (excess.length > 0) return excess.map(asGraphqlError);
    const errors = validate(schema, document, rules, { hideSuggestions: !introspection });
    return errors.map((error) => asFault(error, "GRAPHQL_VALIDATION_FAILED"));
  }

  return {
    parse(text) {
      const before = kept.get(text);
      if (before !== undefined) return before;
      const document = read(text);
      if (text.length <= LONGEST_KEPT) {
        if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value as string);
        kept.set(text, document);
      }
      return document;
    },
    validate(document) {
      let found = faults.get(document);
      if (found === undefined) {
        try {
          found = faultsOf(document);
        } catch (error) {
          found = [asFault(error, "GRAPHQL_VALIDATION_FAILED")];
        }
        faults.set(document, found);
      }
      return found;
    },
  };
}

function asFault(error: unknown, code: string): GraphQLError {
  const extensions = { code, http: { spec: true, status: 400 } };
  if (error instanceof RangeError) return new GraphQLError("The document is nested too deeply.", { extensions });
  if (!(error instanceof GraphQLError)) throw error;
  const { nodes, source, positions } = error;
  return new GraphQLError(error.message, {
    nodes,
    source,
    positions,
    extensions: { ...extensions, ...error.extensions },
  });
}
