/**
 * Parses and validates documents, for HTTP and WebSocket. Valid documents are cached by their text. Invalid ones are
 * not, because a client can send any number of them.
 */

import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { Limits } from "../../config/limits.ts";
import { cutText } from "../../model/json.ts";
import { createBoundedCache } from "../limits/bounded-cache.ts";
import { LimitError } from "../limits/limit-error.ts";
import { overlapsOf } from "../limits/overlaps.ts";
import { excessOf } from "../limits/shape.ts";
import { asGraphqlError } from "./errors.ts";
import { UnconditionalSubscriptionRule } from "./subscription-rule.ts";

/** The total of tokens in all cached documents. A token with its node takes about 500 bytes. */
const MOST_TOKENS_CACHED = 200_000;
/** A longer text probably contains literal data that differs each time, so it is not cached. */
const LONGEST_CACHED = 32_768;
const CHARACTERS_LIKE_A_TOKEN = 16;
/** Longer texts get no locations: each error would scan the text again for its line and column. */
const LONGEST_LOCATED = 16_384;
/** Most lines per token; more lines only make errors expensive. */
const LINES_PER_TOKEN = 20;
/** Messages may quote names from the document, so they are cut. */
const LONGEST_MESSAGE = 2_000;
const BREAK = /\r\n|[\n\r]/g;

export interface Documents {
  /** @throws GraphQLError if the text is not a document */
  parse(text: string): DocumentNode;
  /** The errors of the document; empty if it is valid. */
  validate(document: DocumentNode): readonly GraphQLError[];
}

/** @param options `introspection: false` refuses introspection and omits suggestions from errors */
export function createDocuments(
  schema: GraphQLSchema,
  { introspection, limits }: { introspection: boolean; limits: Limits },
): Documents {
  const always = [...specifiedRules, UnconditionalSubscriptionRule];
  const rules = introspection ? always : [...always, NoSchemaIntrospectionCustomRule];
  const cached = createBoundedCache<string, DocumentNode>(MOST_TOKENS_CACHED);
  const textOf = new WeakMap<DocumentNode, string>();
  const faults = new WeakMap<DocumentNode, readonly GraphQLError[]>();

  function read(text: string): DocumentNode {
    checkLines(text);
    const { tokens } = limits;
    try {
      return parse(text, { maxTokens: tokens, maxComments: tokens, noLocation: text.length > LONGEST_LOCATED });
    } catch (error) {
      if (error instanceof GraphQLError && error.message.endsWith("Parsing aborted.")) {
        throw asGraphqlError(new LimitError("tokens", "The document has too many tokens", null, limits.tokens));
      }
      throw asFault(error, "GRAPHQL_PARSE_FAILED");
    }
  }

  function checkLines(text: string): void {
    const most = LINES_PER_TOKEN * limits.tokens;
    if (text.length <= most) return;
    let lines = 1;
    BREAK.lastIndex = 0;
    while (BREAK.test(text)) lines += 1;
    if (lines > most) throw asGraphqlError(new LimitError("tokens", "The document has too many lines", lines, most));
  }

  function faultsOf(document: DocumentNode): readonly GraphQLError[] {
    const excess = excessOf(document, limits);
    if (excess.length > 0) return excess.map(asGraphqlError);
    if (overlapsOf(document, limits.overlaps, limits.depth) === null) {
      const what = "The document repeats too many fields at the same place";
      return [asGraphqlError(new LimitError("overlaps", what, null, limits.overlaps))];
    }
    const errors = validate(schema, document, rules, { hideSuggestions: !introspection });
    return errors.map((error) => asFault(error, "GRAPHQL_VALIDATION_FAILED"));
  }

  return {
    parse(text) {
      const before = cached.get(text);
      if (before !== undefined) return before;
      const document = read(text);
      textOf.set(document, text);
      return document;
    },
    validate(document) {
      const before = faults.get(document);
      if (before !== undefined) return before;
      const found = allFaultsOf(document);
      faults.set(document, found);
      const text = textOf.get(document);
      if (found.length === 0 && text !== undefined && text.length <= LONGEST_CACHED) {
        const weight = (document.tokenCount ?? 0) + Math.ceil(text.length / CHARACTERS_LIKE_A_TOKEN);
        cached.set(text, document, weight);
      }
      return found;
    },
  };

  function allFaultsOf(document: DocumentNode): readonly GraphQLError[] {
    try {
      return faultsOf(document);
    } catch (error) {
      return [asFault(error, "GRAPHQL_VALIDATION_FAILED")];
    }
  }
}

function asFault(error: unknown, code: string): GraphQLError {
  const extensions = { code, http: { spec: true, status: 400 } };
  if (error instanceof RangeError) return new GraphQLError("The document is nested too deeply.", { extensions });
  if (!(error instanceof GraphQLError)) throw error;
  const { nodes, source, positions } = error;
  return new GraphQLError(cutText(error.message, LONGEST_MESSAGE), {
    nodes,
    source,
    positions,
    extensions: { ...extensions, ...error.extensions },
  });
}
