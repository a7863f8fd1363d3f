/**
 * Renders the page of an email's decision link: the request and two buttons. It needs no script and no session. Only
 * the person of the link may see it.
 */

import type { ApprovalRequest, ApproverDecision } from "../../model/approvals.ts";
import { isLow, riskOf } from "../../model/risk.ts";
import { dateTime, duration, type Reader } from "../../notifications/dates.ts";
import { escapeHtml } from "../../notifications/escaping.ts";
import { type Page, page } from "../pages/layout.ts";
import { contentOf } from "./content.ts";
import { type DecisionForm, formOf } from "./form.ts";
import { type Html, html } from "./html.ts";
import { missingSentence, timeoutSentence } from "./sentences.ts";
import { DECISION_STYLE } from "./style.ts";

/** The message at the top of the page. */
export interface Banner {
  tone: "good" | "bad" | "plain";
  headline: string;
  text: string;
}

export interface DecisionView {
  request: ApprovalRequest;
  /** The person of the link. */
  viewerId: string;
  /** The locale and time zone of the person. */
  reader: Reader | null;
  decisions: readonly ApproverDecision[];
  /** The time of the database. */
  now: Date;
  /** The URL of the request in the inbox. */
  openUrl: string;
  banner: Banner | null;
  /** Whether the request is still open, so that the page shows its expiry. */
  waits: boolean;
  /** Null if the person cannot decide the request. */
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
    const text = comment ?? reason;
    return html`<li>${approver === viewerId ? "You" : html`<bdi>${approver}</bdi>`} ${what}
<span class="soft">${dateTime(decidedAt, reader)}</span>${text !== null && html`<span class="user-text" dir="auto">${text}</span>`}</li>`;
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

/** The requester, and the creator if that is another person. */
const requesterLine = ({ request, form }: DecisionView): Html => {
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

/** The request as the person of the link may see it. */
export function decisionPage(view: DecisionView): Page {
  const { request, banner, form, viewerId, openUrl } = view;
  // The form for the reason stands alone; the previous page showed the content.
  const isRejecting = form?.step === "reject";
  const body = html`<p class="brand">Countersign</p>
${banner !== null && bannerOf(banner)}
<h1 dir="auto">${request.title}</h1>
${requesterLine(view)}
${riskIn(request)}
${warningOf(view)}
${isRejecting && formOf(form)}
${!isRejecting && [contentOf(request), decisionsOf(view), view.waits && dueOf(view)]}
${form !== null && !isRejecting && formOf(form)}
<footer class="soft">
<p>${form === null ? "This page is for" : "You decide as"} <strong><bdi>${viewerId}</bdi></strong>. Only you may use this link. Do not forward it.</p>
<p><a href="${openUrl}">Open in Countersign</a></p>
</footer>`;
  return framed(request.title, body);
}

/** The page of a link that is not valid. @param openUrl the link to Countersign */
export const invalidLinkPage = (headline: string, text: string, openUrl: string): Page =>
  framed(
    headline,
    html`<p class="brand">Countersign</p>
<h1>${headline}</h1>
<p class="why">${text}</p>
<nav><a class="button" href="${openUrl}">Open Countersign</a></nav>`,
  );
