/** The operations of the client and their options. */

import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core";
import type { DocumentNode } from "graphql";

/** A typed document from the code generation, or the text of a document. */
export type Document<Result, Variables> = (DocumentNode | string) & DocumentTypeDecoration<Result, Variables>;

/** The options of one query or mutation. */
export interface RequestOptions {
  signal?: AbortSignal;
  /**
   * Whether a mutation may be sent again if the connection is lost before its response arrives. This is safe for
   * creating a request with the same content, for repeating one's own decision and for cancelling. Queries are always
   * idempotent.
   */
  idempotent?: boolean;
  /**
   * ms that the server may take to answer, including the time to connect. An answer that asks to try again starts the
   * time again. null: no limit. Default: the client's `requestTimeoutMs`.
   */
  timeoutMs?: number | null;
}

/** The options of one subscription. */
export interface SubscribeOptions<Result> {
  signal?: AbortSignal;
  /** Called with each result. Returning true ends the subscription; throwing rejects it. */
  next: (data: Result) => unknown;
}

/** Sends operations. */
export interface Operations {
  /**
   * Sends a query or a mutation.
   * @throws ResponseFailedError (see its `code`), UnauthenticatedError, RequestTimeoutError, ConnectionLostError for a
   *   mutation that may have run, ConnectionFailedError, ClientClosedError, or the reason of the aborted signal
   */
  request<Result, Variables extends object>(
    document: Document<Result, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Result>;
  /**
   * Follows a subscription until the server completes it, over any number of connections.
   * @param variables a function is called each time the subscription is sent, so that it can resume where it was
   */
  subscribe<Result, Variables extends object>(
    document: Document<Result, Variables>,
    variables: Variables | (() => Variables),
    options: SubscribeOptions<Result>,
  ): Promise<void>;
}
