/** The entry of the package `countersign/client`. */

export { type Client, type ClientOptions, createClient } from "./client.ts";
export {
  ApproveRequest,
  CancelRequest,
  CreateRequest,
  RejectRequest,
  RequestById,
  RequestsOfJob,
  RequestUpdated,
  type WaitedRequest,
} from "./documents.ts";
export {
  ClientClosedError,
  ClientError,
  ConnectionFailedError,
  ConnectionLostError,
  RequestTimeoutError,
  type ResponseError,
  ResponseFailedError,
  UnauthenticatedError,
} from "./errors.ts";
export type { RequestOptions, SubscribeOptions } from "./operations.ts";
export type { ClientLogger } from "./reachability.ts";
export type { TokenSource } from "./tokens.ts";
export type { WaitOptions } from "./wait.ts";
