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

const MOST_KEPT = 1_000;
const LONGEST_KEPT = 32_768;
// Validation compares the fields of a selection pair by pair; this bounds it, and the parser's recursion.
const MAX_TOKENS = 5_000;

export interface Documents {
  /** @throws GraphQLError where the text is no document */
  parse(text: string): DocumentNode;
  /** What is wrong with the document; empty when nothing is. */
  validate(document: DocumentNode): readonly GraphQLError[];
}

/** @param options `introspection: false` refuses documents that ask for the schema */
export function createDocuments(schema: GraphQLSchema, options: { introspection: boolean }): Documents {
  const rules = options.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const kept = new Map<string, DocumentNode>();
  const faults = new WeakMap<DocumentNode, readonly GraphQLError[]>();

  function read(text: string): DocumentNode {
    try {
      return parse(text, { maxTokens: MAX_TOKENS });
    } catch (error) {
      throw asFault(error, "GRAPHQL_PARSE_FAILED");
    }
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
          found = validate(schema, document, rules).map((error) => asFault(error, "GRAPHQL_VALIDATION_FAILED"));
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
