/** The dialog in Slack for the reason of a rejection. */

import type { ModalView } from "@slack/web-api";
import type { ApprovalRequest } from "../../model/approvals.ts";
import { parseJson } from "../../model/json-text.ts";
import { slackText } from "../../notifications/escaping.ts";

/** The dialog's `callback_id`. */
export const REJECT_DIALOG = "reject";
/** The field's `block_id` and `action_id`. */
export const COMMENT = "comment";

/** The maximum of characters in the field of a dialog. */
const LONGEST_COMMENT = 3_000;
/** A title has 300 characters, some of which take more than one when escaped. */
const LONGEST_TITLE = 2_000;

/** The state that the dialog passes from the button to the submission. */
export interface DialogState {
  requestId: string;
  /** The response URL of the button; a dialog has none. */
  responseUrl: string | null;
}

const plain = (text: string) => ({ type: "plain_text" as const, text });

export function rejectDialog(request: ApprovalRequest, responseUrl: string | null): ModalView {
  return {
    type: "modal",
    callback_id: REJECT_DIALOG,
    private_metadata: JSON.stringify({ requestId: request.id, responseUrl } satisfies DialogState),
    title: plain("Reject the request"),
    submit: plain("Reject"),
    close: plain("Back"),
    blocks: [
      {
        type: "section",
        text: { type: "mrkdwn", text: `*${slackText(request.title, LONGEST_TITLE)}*`, verbatim: true },
      },
      {
        type: "input",
        block_id: COMMENT,
        label: plain("Why?"),
        element: {
          type: "plain_text_input",
          action_id: COMMENT,
          multiline: true,
          max_length: LONGEST_COMMENT,
          focus_on_load: true,
        },
      },
    ],
  };
}

/** Null if the text is not the state of this dialog. */
export function parseDialogState(privateMetadata: string): DialogState | null {
  try {
    const { requestId, responseUrl } = parseJson(privateMetadata) as Partial<DialogState>;
    if (typeof requestId !== "string" || (responseUrl !== null && typeof responseUrl !== "string")) return null;
    return { requestId, responseUrl };
  } catch {
    return null;
  }
}
