/** Sends decisions to our own API. */

import { useCallback } from "react";
import { type Client, type CombinedError, useClient } from "urql";
import { Approve, Reject } from "./decision.graphql.ts";
import type { Decide, DecisionAnswer, Refusal } from "./decision-model.ts";

const refusedAs = (code: Refusal, message: string): DecisionAnswer => ({
  recorded: false,
  code,
  message,
  request: null,
});

/** The result for an error without an answer. It has the server's message, if any. */
function failureOf(error: CombinedError | undefined): DecisionAnswer {
  const [first] = error?.graphQLErrors ?? [];
  if (first === undefined) return refusedAs("UNANSWERED", "");
  return refusedAs(first.extensions.code === "UNAUTHENTICATED" ? "UNAUTHENTICATED" : "FAILED", first.message);
}

interface Input {
  requestId: string;
  contextDigest: string;
  comment?: string;
}

async function approve(client: Client, input: Input) {
  const { data, error } = await client.mutation(Approve, { input }).toPromise();
  return { answer: data?.approveRequest, error };
}

async function reject(client: Client, input: Input) {
  const { data, error } = await client.mutation(Reject, { input }).toPromise();
  return { answer: data?.rejectRequest, error };
}

export function useDecide(): Decide {
  const client = useClient();
  return useCallback<Decide>(
    async ({ id, contextDigest }, decision, comment) => {
      const input = { requestId: id, contextDigest, ...(comment !== "" && { comment }) };
      const { answer, error } = await (decision === "APPROVE" ? approve(client, input) : reject(client, input));
      if (answer == null) return failureOf(error);
      switch (answer.__typename) {
        case "ApproveRequestPayload":
        case "RejectRequestPayload":
          return { recorded: true, request: answer.request };
        case "AlreadyDecidedError":
          return { recorded: false, code: answer.code, message: answer.message, request: answer.standing ?? null };
        default:
          return refusedAs(answer.code, answer.message);
      }
    },
    [client],
  );
}
