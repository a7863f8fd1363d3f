/** `countersign wait ID` */

import { RequestById } from "../client/documents.ts";
import { unknownRequest } from "./answers.ts";
import { command } from "./command.ts";
import { DURATIONS, REMOTE_OPTIONS, say, withRemote } from "./remote.ts";
import { WAIT_EXITS, WAIT_OPTIONS, waitAndReport } from "./waiting.ts";

export const waitCommand = command({
  name: "wait",
  about: "wait for the outcome of a request",
  text: "Waits until a request is final, without polling, over any number of lost connections and restarted servers. Progress goes to standard error, the outcome to standard output.",
  operand: { name: "ID" },
  options: { ...WAIT_OPTIONS, ...REMOTE_OPTIONS },
  notes: DURATIONS,
  exits: WAIT_EXITS,
  failureCode: 4,
  examples: ["countersign wait 019ca8d2-5c1e-7d3a-9b60-2f4e8a7c1d05 && ./deploy.sh"],
  run: (values, id) =>
    withRemote(values, async (remote) => {
      const { approvalRequest: request } = await remote.soon((signal) =>
        remote.client.request(RequestById, { id }, { signal }),
      );
      if (request == null) throw unknownRequest(id);
      if (!values.quiet)
        say(`${request.title} (asked by ${request.requestedBy}, ${remote.base}/requests/${request.id})`);
      return waitAndReport(remote, request, values);
    }),
});
