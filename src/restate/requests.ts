/** The adapter's operations on Countersign, over the client and with a timeout. */

import { TerminalError } from "@restatedev/restate-sdk";
import type { Client } from "../client/client.ts";
import { CancelRequest, CreateRequest, RequestById, type WaitedRequest } from "../client/documents.ts";
import { ResponseFailedError } from "../client/errors.ts";
import type { CreateApprovalRequestInput } from "../client/generated/graphql.ts";
import { ownRequests } from "../client/own-requests.ts";

export interface JobKey {
  workflowId: string;
  jobId: string;
  executionId: string;
}

export interface Requests {
  /**
   * Creates the request, or returns the existing one with the same content.
   * @throws TerminalError for a refusal, with all issues; other errors may be retried
   */
  create(input: CreateApprovalRequestInput): Promise<{ request: WaitedRequest; created: boolean }>;
  /** @throws TerminalError if the request no longer exists; other errors may be retried */
  read(id: string): Promise<WaitedRequest>;
  /** Cancels the open request of a job, if there is one. */
  cancel(key: JobKey, reason: string): Promise<void>;
}

/**
 * The retry policy of steps that call Countersign. An explicit policy is not limited by the server's `max-attempts`.
 */
export const RETRY_FOREVER = { initialRetryInterval: 500, retryIntervalFactor: 2, maxRetryInterval: 60_000 };
/** The timeout of an operation, in ms. Restate retries it. */
const TIMEOUT_MS = 20_000;
/** The codes of GraphQL errors that a retry cannot fix. */
const PERMANENT: ReadonlySet<string> = new Set([
  "BAD_USER_INPUT",
  "GRAPHQL_VALIDATION_FAILED",
  "LIMIT_EXCEEDED",
  "NOT_FOUND",
]);
const HTTP_STATUS: Readonly<Record<string, number>> = {
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  VALIDATION: 422,
};

export function requestsOver(client: Client): Requests {
  const callOptions = () => ({ idempotent: true, timeoutMs: TIMEOUT_MS });

  return {
    async create(input) {
      const { createApprovalRequest: answer } = await client
        .request(CreateRequest, { input }, callOptions())
        .catch((error: unknown) => {
          if (error instanceof ResponseFailedError && PERMANENT.has(error.code))
            throw refused(error.code, error.message);
          throw error;
        });
      if (answer.__typename === "CreateApprovalRequestPayload") return answer;
      const issues = "issues" in answer ? answer.issues : [];
      const faults = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
      throw refused(answer.code, faults.join("; ") || answer.message);
    },

    async read(id) {
      const { approvalRequest } = await client.request(RequestById, { id }, callOptions());
      if (approvalRequest == null) throw refused("NOT_FOUND", `request ${id} no longer exists`);
      return approvalRequest;
    },

    async cancel({ workflowId, jobId, executionId }, reason) {
      for (const { id, isOpen } of await ownRequests(client, { workflowId, jobId, executionId }, callOptions())) {
        // If the cancellation is refused, the request has become final.
        if (isOpen) await client.request(CancelRequest, { input: { requestId: id, reason } }, callOptions());
      }
    },
  };
}

const refused = (code: string, why: string) =>
  new TerminalError(`Countersign refused the request for approval (${code}): ${why}`, {
    errorCode: HTTP_STATUS[code] ?? 400,
    metadata: { code },
  });
