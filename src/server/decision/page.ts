/**
 * The page behind the link of an e-mail: what is asked, and two buttons. It needs no script and no session. What it says
 * of a request is told to the person of the link alone.
 */

import type { ApprovalRequest, ApproverDecision } from "../../model/approvals.ts";
import { isLow, riskOf } from "../../model/risk.ts";
import { dateTime, duration, type Reader } from "../../notifications/dates.ts";
import { escapeHtml } from "../../notifications/escaping.ts";
import { type Page, page } from "../pages/layout.ts";
import { contentOf } from "./content.ts";
import { type DecisionForm, formOf } from "./form.ts";
import { type Html, html } from "./html.ts";
import { DECISION_STYLE } from "./style.ts";
import { missingSentence, timeoutSentence } from "./words.ts";

/** What is said above everything else. */
export interface Banner {
  tone: "good" | "bad" | "plain";
  headline: string;
  text: string;
}

export interface DecisionView {
  request: ApprovalRequest;
  /** Whose link it is. */
  viewerId: string;
  /** How they read dates. */
  reader: Reader | null;
  decisions: readonly ApproverDecision[];
  /** The database's clock. */
  now: Date;
  /** The request in the inbox. */
  openUrl: string;
  banner: Banner | null;
  /** Whether the request still waits: then it says until when. */
  waits: boolean;
  /** What the form carries; null where there is nothing for this person to decide. */
  form: DecisionForm | null;
}

const HEADERS = { "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex" };

function framed(title: string, body: Html): Page {
  const { html: text, headers } = page(`${escapeHtml(title)} · Countersign`, body.text, null, DECISION_STYLE, "'self'");
  return { html: text, headers: { ...headers, ...HEADERS } };
}

const bannerOf = ({ tone, headline, text }: Banner): Html =>
  html`<div class="banner ${tone}" role="${tone === "bad" ? "alert" : "status"}"><p class="headline">${headline}</p>
${text !== "" && html`<p>${text}</p>`}</div>`;

function decisionsOf({ request, decisions, viewerId, reader }: DecisionView): Html | false {
  const { approvalsRequired, approvers } = request;
  if (decisions.length === 0 && approvalsRequired === 1) return false;
  const rows = decisions.map(({ approver, decision, comment, reason, decidedAt }) => {
    const what =
      decision === "APPROVE" ? html`<span class="approve">approved</span>` : html`<span class="reject">rejected</span>`;
    const words = comment ?? reason;
    return html`<li>${approver === viewerId ? "You" : html`<bdi>${approver}</bdi>`} ${what}
<span class="soft">${dateTime(decidedAt, reader)}</span>${words !== null && html`<span class="said" dir="auto">${words}</span>`}</li>`;
  });
  const count =
    approvalsRequired > 1 && html` <span class="soft">${approvers.length} of ${approvalsRequired} approvals</span>`;
  return html`<h2>Decisions${count}</h2>${
    rows.length > 0
      ? html`<ul>${rows}</ul>`
      : html`<p class="soft">Nobody has decided yet. ${missingSentence(request)}</p>`
  }`;
}

function dueOf({ request, reader, now, form }: DecisionView): Html {
  const { expiresAt } = request;
  const left = duration(expiresAt.getTime() - now.getTime());
  return html`<p class="due">${form === null ? "Open until" : "Decide by"} <strong><time datetime="${expiresAt.toISOString()}">${dateTime(expiresAt, reader)}</time></strong>,
${left} from now. <span class="soft">${timeoutSentence(request)}</span></p>`;
}

/** Who asked, and whose token created the request where that is somebody else. */
const askedBy = ({ request, form }: DecisionView): Html => {
  const { requestedBy, createdBy, workflowId, jobId, executionId } = request;
  return html`<p class="asks"><strong><bdi>${requestedBy}</bdi></strong> ${form === null ? "asked for approval" : "asks for your approval"}.${
    createdBy !== requestedBy && html` Created by <bdi>${createdBy}</bdi>.`
  }<br>
<span class="soft">Workflow <bdi>${workflowId}</bdi>, job <bdi>${jobId}</bdi>, run <bdi>${executionId}</bdi></span></p>`;
};

const warningOf = ({ request, waits }: DecisionView): Html | false =>
  waits && request.allowSelfApproval && html`<p class="warning">The requester may approve this request.</p>`;

function riskIn({ metadata }: ApprovalRequest): Html | false {
  const risk = riskOf(metadata);
  return risk !== null && html`<p class="${isLow(risk) ? "soft" : "warning"}">Risk: <bdi>${risk}</bdi></p>`;
}

/** A request as the person of the link sees it. */
export function decisionPage(view: DecisionView): Page {
  const { request, banner, form, viewerId, openUrl } = view;
  // The reason is asked for alone; what it is about was on the page before.
  const isRejecting = form?.step === "reject";
  const body = html`<p class="brand">Countersign</p>
${banner !== null && bannerOf(banner)}
<h1 dir="auto">${request.title}</h1>
${askedBy(view)}
${riskIn(request)}
${warningOf(view)}
${isRejecting && formOf(form)}
${!isRejecting && [contentOf(request), decisionsOf(view), view.waits && dueOf(view)]}
${form !== null && !isRejecting && formOf(form)}
<footer class="soft">
<p>${form === null ? "This page is for" : "You decide as"} <strong><bdi>${viewerId}</bdi></strong>. The link is yours alone: do not pass it on.</p>
<p><a href="${openUrl}">Open in Countersign</a></p>
</footer>`;
  return framed(request.title, body);
}

/** A link that shows nothing. @param openUrl where to go instead */
export const deadLinkPage = (headline: string, text: string, openUrl: string): Page =>
  framed(
    headline,
    html`<p class="brand">Countersign</p>
<h1>${headline}</h1>
<p class="why">${text}</p>
<nav><a class="button" href="${openUrl}">Open Countersign</a></nav>`,
  );
