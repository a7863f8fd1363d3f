/** Sends decisions to our own API. */

import { useCallback } from "react";
import { useClient } from "urql";
import { Approve, Reject } from "./decision.graphql.ts";
import type { Decide, DecisionAnswer } from "./decision-model.ts";

const UNANSWERED: DecisionAnswer = { recorded: false, code: "UNANSWERED", message: "", request: null };

export function useDecide(): Decide {
  const client = useClient();
  return useCallback<Decide>(
    async ({ id, contextDigest }, decision, comment) => {
      const input = { requestId: id, contextDigest, ...(comment !== "" && { comment }) };
      const answer =
        decision === "APPROVE"
          ? (await client.mutation(Approve, { input }).toPromise()).data?.approveRequest
          : (await client.mutation(Reject, { input }).toPromise()).data?.rejectRequest;
      if (answer === undefined) return UNANSWERED;
      switch (answer.__typename) {
        case "ApproveRequestPayload":
        case "RejectRequestPayload":
          return { recorded: true, request: answer.request };
        case "AlreadyDecidedError":
          return { recorded: false, code: answer.code, message: answer.message, request: answer.standing ?? null };
        default:
          return { recorded: false, code: answer.code, message: answer.message, request: null };
      }
    },
    [client],
  );
}
