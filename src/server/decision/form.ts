/**
 * Renders the forms of the decision page. Approving takes one step. Rejecting ends the request, so it takes a second
 * step with a reason, as in the inbox. Both work without JavaScript.
 */

import { escapeHtmlOnly } from "../../notifications/escaping.ts";
import { Html, html } from "./html.ts";

/** The fields of a form. */
export interface DecisionForm {
  token: string;
  /** The digest of the displayed content. */
  digest: string;
  comment: string;
  /** `reject` asks for the reason. */
  step: "decide" | "reject";
}

/** The API accepts longer comments; this form is for a few sentences. */
const LONGEST_COMMENT = 10_000;

/** The token comes first: the server reads a long form only if it starts with a valid token. */
const hidden = ({ token, digest }: DecisionForm): Html => html`<input type="hidden" name="token" value="${token}">
<input type="hidden" name="digest" value="${digest}">`;

/** The comment, exactly as the person wrote it. */
const commentOf = ({ comment }: DecisionForm): Html => new Html(escapeHtmlOnly(comment));

// Relative, so that it also works behind a proxy that serves the page below a path.
const decideForm = (form: DecisionForm): Html => html`<form method="post" action="decide">
${hidden(form)}
<label for="comment">Comment <span class="soft">(optional)</span></label>
<textarea id="comment" name="comment" maxlength="${LONGEST_COMMENT}" dir="auto">
${commentOf(form)}</textarea>
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
${commentOf(form)}</textarea>
<div class="buttons">
<button class="back" name="step" value="back" formnovalidate>Back</button>
<button class="no" name="decision" value="REJECT">Reject</button>
</div>
</form>`;

export const formOf = (form: DecisionForm): Html => (form.step === "reject" ? rejectForm(form) : decideForm(form));
