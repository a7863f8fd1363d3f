/**
 * The page at /requests/ID, where every message's "Open" leads: one request as whoever is signed in sees it, and the two
 * buttons for those who can decide it. It asks REST like any program; what people wrote is only ever set as text.
 */

import { DECISION_STYLE } from "./decision-style.ts";
import { type Page, page } from "./layout.ts";

const body = (provider: boolean) => `<p class="brand"><a href="/">Countersign</a></p>
<div id="banner" class="banner" role="status" hidden><p id="headline" class="headline"></p><p id="text"></p></div>
<div id="signed-out" hidden>
  <h1>Sign in to see this request.</h1>
  ${
    provider
      ? '<nav><a id="sign-in" class="button primary" href="/auth/login">Sign in</a></nav>'
      : '<p class="soft">Open your sign-in link first, then this address again. In development the server prints such links when it starts.</p>'
  }
</div>
<article id="request" hidden>
  <h1 id="title" dir="auto"></h1>
  <p class="asks"><strong id="requester"></strong> <span id="asks"></span><br><span id="job" class="soft"></span></p>
  <p id="description" class="said" dir="auto"></p>
  <div id="content"></div>
  <div id="decided"><h2>Decisions <span id="progress" class="soft"></span></h2><ul id="decisions"></ul></div>
  <p id="due" class="due"></p>
  <form id="form">
    <label for="comment">Comment <span class="soft">(optional)</span></label>
    <textarea id="comment" maxlength="10000" dir="auto"></textarea>
    <div class="buttons">
      <button class="yes" type="button" value="approve">Approve</button>
      <button class="no" type="button" value="reject">Reject</button>
    </div>
  </form>
  <footer class="soft"><p>Signed in as <strong id="who"></strong>.</p></footer>
</article>
<noscript><p>This page needs JavaScript.</p></noscript>`;

const SCRIPT = `
const element = (id) => document.getElementById(id);
const show = (id, shown) => { element(id).hidden = !shown; };
const say = (id, text) => { element(id).textContent = text; show(id, text !== ""); };
const made = (name, text, className) => {
  const one = document.createElement(name);
  if (className) one.className = className;
  if (text !== undefined) { one.textContent = text; one.dir = "auto"; }
  return one;
};
const date = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "full", timeStyle: "short" });
const id = location.pathname.split("/").pop();
const address = "/api/approvals/" + id;
let shown;

function banner(tone, headline, text) {
  element("banner").className = "banner " + tone;
  say("headline", headline);
  say("text", text || "");
  show("banner", headline !== "");
}

function tableOf(name, fields) {
  const entries = Object.entries(fields);
  if (entries.length === 0) return [];
  const table = made("table");
  // The first column is as wide as on the page of a mail's link.
  table.append(made("colgroup"));
  table.firstChild.append(made("col"), made("col"));
  for (const [key, value] of entries) {
    const row = table.insertRow();
    const head = made("th", key);
    head.scope = "row";
    const isNested = typeof value === "object" && value !== null;
    const cell = row.appendChild(head) && row.insertCell();
    cell.append(isNested ? made("pre", JSON.stringify(value, null, 2)) : made("span", String(value), "said"));
  }
  return [made("h2", name), table];
}

function stateOf(request) {
  const by = request.decidedBy === null ? "automatically" : "by " + request.decidedBy;
  if (request.status === "APPROVED") return ["good", "Approved " + by + ". The workflow goes on.", request.comment];
  if (request.status === "REJECTED") return ["bad", "Rejected " + by + ".", request.comment];
  if (request.status === "CANCELLED") return ["plain", "Cancelled " + by + ".", request.comment];
  if (request.status === "TIMEOUT") return ["plain", "The time to decide is over.", "It ended without approval."];
  if (request.canApprove) return ["plain", "", ""];
  const own = request.decisions.some(({ approver }) => approver === element("who").textContent);
  const missing = request.approvalsRequired - request.approvalsReceived;
  const more = missing === 1 ? "One more approval is needed." : missing + " more approvals are needed.";
  return own ? ["good", "Your decision is recorded.", more]
    : ["plain", "Waiting for a decision, which is not yours.", ""];
}

function render(request) {
  shown = request;
  document.title = request.title + " · Countersign";
  banner(...stateOf(request));
  say("title", request.title);
  say("requester", request.requestedBy);
  say("asks", request.canApprove ? "asks for your approval." : request.isOpen ? "asks for approval." : "asked for approval.");
  say("job", "Workflow " + request.workflowId + ", job " + request.jobId + ", run " + request.executionId);
  say("description", request.description || "");
  element("content").replaceChildren(...tableOf("Context", request.context), ...tableOf("Metadata", request.metadata));
  say("progress", request.approvalsReceived + " of " + request.approvalsRequired + " approvals");
  element("decisions").replaceChildren(...request.decisions.map((decision) => {
    const isApproval = decision.decision === "APPROVE";
    const item = made("li");
    item.append(made("span", decision.approver), " ",
      made("span", isApproval ? "approved" : "rejected", isApproval ? "approve" : "reject"), " ",
      made("span", date(decision.decidedAt), "soft"));
    const words = decision.comment ?? decision.reason;
    if (words !== null) item.append(made("span", words, "said"));
    return item;
  }));
  show("decided", request.decisions.length > 0 || request.approvalsRequired > 1);
  const then = { APPROVE: "is approved automatically", REJECT: "ends without approval",
    ESCALATE: request.status === "PENDING" ? "is escalated" : "ends without approval" }[request.timeoutAction];
  say("due", request.isOpen
    ? "Open until " + date(request.expiresAt) + ". If it is not decided by then, it " + then + "." : "");
  show("form", request.canApprove);
  show("request", true);
}

async function load() {
  const { viewer } = await (await fetch("/session")).json();
  show("signed-out", viewer === null);
  if (viewer === null) return show("request", false);
  say("who", viewer.userId);
  const response = await fetch(address);
  const answer = await response.json();
  if (response.ok) return render(answer);
  show("request", false);
  if (response.status === 404) banner("plain", "There is no such request.", "Or " + viewer.userId + " may not see it.");
  else banner("bad", "The request cannot be shown.", answer.detail);
}

async function decide(button) {
  const buttons = document.querySelectorAll("form button");
  for (const one of buttons) one.disabled = true;
  const given = element("comment").value.trim();
  try {
    const response = await fetch(address + "/" + button.value, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ comment: given === "" ? null : given, contextDigest: shown.contextDigest }),
    });
    const answer = await response.json();
    if (response.ok) return render(answer);
    await load();
    banner("bad", "Your decision was not recorded.", answer.detail);
  } finally {
    for (const one of buttons) one.disabled = false;
  }
}

const trouble = () => banner("bad", "The server did not answer as expected.", "Try again in a moment.");
const refresh = () => load().catch(trouble);
for (const button of document.querySelectorAll("form button")) {
  button.addEventListener("click", () => decide(button).catch(trouble));
}
// Whoever comes back to it reads what became of it meanwhile; what they have written stays.
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
const link = element("sign-in");
if (link) link.href += "?next=" + encodeURIComponent(location.pathname);
refresh();
`;

/** Which addresses it has. */
export const isRequestPath = (path: string): boolean => /^\/requests\/[\w-]+$/.test(path);

/** @param provider whether people can sign in at a provider */
export const requestPage = (provider: boolean): Page =>
  page("Request · Countersign", body(provider), SCRIPT, DECISION_STYLE);
