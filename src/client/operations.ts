/** What is sent over the client: documents, and how each is sent. */

import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core";
import type { DocumentNode } from "graphql";

/** A typed document of the code generation, or the text of one. */
export type Document<Result, Variables> = (DocumentNode | string) & DocumentTypeDecoration<Result, Variables>;

export interface RequestOptions {
  signal?: AbortSignal;
  /**
   * Whether a mutation may be sent again when the connection is lost before its answer came. Creating with the same
   * content, repeating one's own decision and cancelling are; queries always are.
   */
  idempotent?: boolean;
}

export interface SubscribeOptions<Result> {
  signal?: AbortSignal;
  /** Called with each message; returning true ends the subscription, throwing rejects it. */
  next: (data: Result) => unknown;
}

/** Sends operations. */
export interface Operations {
  /**
   * Sends a query or a mutation.
   * @throws ResponseFailedError (its `code` tells), UnauthenticatedError, ConnectionLostError for a mutation that may
   *   have been done, ConnectionFailedError, ClientClosedError, or the reason of the aborted signal
   */
  request<Result, Variables extends object>(
    document: Document<Result, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Result>;
  /**
   * Follows a subscription until the server completes it, over any number of connections.
   * @param variables a function is asked each time the subscription is sent, so that it can go on where it was
   */
  subscribe<Result, Variables extends object>(
    document: Document<Result, Variables>,
    variables: Variables | (() => Variables),
    options: SubscribeOptions<Result>,
  ): Promise<void>;
}
