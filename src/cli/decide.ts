/** `countersign approve ID` and `countersign reject ID` */

import { ApproveRequest, RejectRequest } from "../client/documents.ts";
import { getStatusMessage } from "../handler/outcome.ts";
import { visibleData } from "../model/visible-text.ts";
import { refusal, unknownRequest } from "./answers.ts";
import { type Command, command, type Options } from "./command.ts";
import { type ListedRequest, RequestToDecide } from "./documents.ts";
import { DURATIONS, print, printJson, REMOTE_OPTIONS, type Remote, say, withRemote } from "./remote.ts";
import { printable } from "./values.ts";

const OPTIONS = {
  comment: { value: "TEXT", field: "comment", about: "your comment" },
  reason: { value: "TEXT", field: "reason", about: "why" },
  digest: {
    value: "HEX",
    field: "contextDigest",
    about:
      "decide only if the request has this contextDigest, for example from list --json; default: that of " +
      "the content shown",
  },
  quiet: { about: "decide without showing the request" },
  ...REMOTE_OPTIONS,
} as const satisfies Options;

/** Prints all of the request, because its whole content is decided. */
function show({ title, description, requestedBy, workflowId, jobId, executionId, context, risk }: ListedRequest): void {
  say(title);
  say(`asked by ${requestedBy} for workflow ${workflowId}, job ${jobId}, execution ${executionId}`);
  if (risk) say(`risk: ${risk}`);
  // On one line, so that no line of it looks like a line of this command.
  if (description) say(description);
  if (Object.keys(context).length === 0) return;
  for (const line of JSON.stringify(context, null, 2).split("\n")) say(visibleData(line));
}

async function send(remote: Remote, verb: Verb, input: { requestId: string; contextDigest: string }) {
  // The viewer may repeat a decision.
  const options = { idempotent: true };
  if (verb === "approve") {
    const { approveRequest } = await remote.soon((signal) =>
      remote.client.request(ApproveRequest, { input }, { ...options, signal }),
    );
    return approveRequest;
  }
  const { rejectRequest } = await remote.soon((signal) =>
    remote.client.request(RejectRequest, { input }, { ...options, signal }),
  );
  return rejectRequest;
}

type Verb = "approve" | "reject";

const decideCommand = (verb: Verb): Command =>
  command({
    name: verb,
    about: `${verb} a request`,
    text: `Shows the whole request on standard error and ${verb === "approve" ? "approves" : "rejects"} it. If its content has changed since, nothing happens. Standard output has the status of the request.`,
    operand: { name: "ID" },
    options: OPTIONS,
    notes: DURATIONS,
    exits: "0 if the decision was recorded, 4 if it was not.",
    failureCode: 4,
    examples: [
      `countersign ${verb} 019ca8d2-5c1e-7d3a-9b60-2f4e8a7c1d05 --comment "${verb === "approve" ? "Go ahead" : "Not today"}."`,
    ],
    run: (values, id) =>
      withRemote(values, async (remote) => {
        const { approvalRequest: request } = await remote.soon((signal) =>
          remote.client.request(RequestToDecide, { id }, { signal }),
        );
        if (request == null) throw unknownRequest(id);
        if (!values.quiet) show(request);
        const { comment, reason, digest } = values;
        const input = { requestId: request.id, contextDigest: digest ?? request.contextDigest, comment, reason };
        const answer = await send(remote, verb, input);
        if (!("request" in answer)) throw refusal(answer, OPTIONS);
        if (values.json) printJson(answer.request);
        else print(printable(getStatusMessage(answer.request)));
        return 0;
      }),
  });

export const approveCommand = decideCommand("approve");
export const rejectCommand = decideCommand("reject");
