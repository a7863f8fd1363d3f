/**
 * The forms of the decision page. Approving takes one step; rejecting ends the request for good, so it takes a second one
 * with a reason, as in the inbox. Both work without JavaScript.
 */

import { escapeHtmlOnly } from "../../notifications/escaping.ts";
import { Html, html } from "./html.ts";

/** What a form carries. */
export interface DecisionForm {
  token: string;
  /** Of the content that was shown. */
  digest: string;
  comment: string;
  /** `reject` asks for the reason. */
  step: "decide" | "reject";
}

/** Longer comments are the API's; a form in a mail's link is for a few sentences. */
const LONGEST_COMMENT = 10_000;

/** The token comes first: the server reads a long form only behind a valid one. */
const hidden = ({ token, digest }: DecisionForm): Html => html`<input type="hidden" name="token" value="${token}">
<input type="hidden" name="digest" value="${digest}">`;

/** What was written is sent back as it is. */
const written = ({ comment }: DecisionForm): Html => new Html(escapeHtmlOnly(comment));

// Relative, so that it holds behind a proxy that serves this below a path.
const decideForm = (form: DecisionForm): Html => html`<form method="post" action="decide">
${hidden(form)}
<label for="comment">Comment <span class="soft">(optional)</span></label>
<textarea id="comment" name="comment" maxlength="${LONGEST_COMMENT}" dir="auto">
${written(form)}</textarea>
<div class="buttons">
<button class="yes" name="decision" value="APPROVE">Approve</button>
<button class="no" name="step" value="reject">Reject</button>
</div>
</form>`;

const rejectForm = (form: DecisionForm): Html => html`<form method="post" action="decide">
${hidden(form)}
<h2>Reject this request?</h2>
<p>One rejection is final. The requester sees your reason.</p>
<label for="comment">Reason</label>
<textarea id="comment" name="comment" maxlength="${LONGEST_COMMENT}" dir="auto" required autofocus>
${written(form)}</textarea>
<div class="buttons">
<button class="back" name="step" value="back" formnovalidate>Back</button>
<button class="no" name="decision" value="REJECT">Reject</button>
</div>
</form>`;

export const formOf = (form: DecisionForm): Html => (form.step === "reject" ? rejectForm(form) : decideForm(form));
