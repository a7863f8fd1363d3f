/** What the adapter asks of Countersign: each a single operation over the client, with a bound on its time. */

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
   * Creates the request, or finds the one of the same content.
   * @throws TerminalError for a refusal, with each of its issues; anything else is worth trying again
   */
  create(input: CreateApprovalRequestInput): Promise<{ request: WaitedRequest; created: boolean }>;
  /** @throws TerminalError where it is not there any more; anything else is worth trying again */
  read(id: string): Promise<WaitedRequest>;
  /** Cancels the request of a job if there is one that is open. */
  withdraw(key: JobKey, reason: string): Promise<void>;
}

/** How a step that asks Countersign is repeated. A policy of its own is not bounded by the server's `max-attempts`. */
export const FOR_EVER = { initialRetryInterval: 500, retryIntervalFactor: 2, maxRetryInterval: 60_000 };
/** An operation that takes longer has failed, in ms; Restate tries it again. */
const ANSWER_WITHIN_MS = 20_000;
/** Of the errors that are no answer to the operation, those that do not pass. */
const LASTING: ReadonlySet<string> = new Set([
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
  const timely = () => ({ idempotent: true, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });

  return {
    async create(input) {
      const { createApprovalRequest: answer } = await client
        .request(CreateRequest, { input }, timely())
        .catch((error: unknown) => {
          if (error instanceof ResponseFailedError && LASTING.has(error.code)) throw refused(error.code, error.message);
          throw error;
        });
      if (answer.__typename === "CreateApprovalRequestPayload") return answer;
      const issues = "issues" in answer ? answer.issues : [];
      const faults = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
      throw refused(answer.code, faults.join("; ") || answer.message);
    },

    async read(id) {
      const { approvalRequest } = await client.request(RequestById, { id }, timely());
      if (approvalRequest == null) throw refused("NOT_FOUND", `request ${id} no longer exists`);
      return approvalRequest;
    },

    async withdraw({ workflowId, jobId, executionId }, reason) {
      for (const { id, isOpen } of await ownRequests(client, { workflowId, jobId, executionId }, timely())) {
        // Where the cancellation is refused, the request has become final.
        if (isOpen) await client.request(CancelRequest, { input: { requestId: id, reason } }, timely());
      }
    },
  };
}

const refused = (code: string, why: string) =>
  new TerminalError(`Countersign refused the request for approval (${code}): ${why}`, {
    errorCode: HTTP_STATUS[code] ?? 400,
    metadata: { code },
  });
