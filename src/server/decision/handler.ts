/**
 * Handles GET and POST /decide, the link in an email. GET changes nothing, however often a mail scanner fetches it;
 * only POST decides. The link identifies the person and nothing else: the manager checks the person's rights.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApprovalManager } from "../../approvals/manager.ts";
import { canDecideNow, earlierDecision, isExpired } from "../../approvals/policy.ts";
import type { Pool } from "../../db/pool.ts";
import { decisionsOf } from "../../db/queries/decisions.ts";
import { personById } from "../../db/queries/directory.ts";
import { personsNamed } from "../../db/queries/known-people.ts";
import type { Logger } from "../../log.ts";
import {
  type ApprovalRequest,
  type Caller,
  type Decision,
  isOpen,
  type Person,
  type Viewer,
} from "../../model/approvals.ts";
import { CommandError, NotFoundError, StaleContextError, ValidationError } from "../../model/errors.ts";
import { storedDigestOf } from "../../model/json.ts";
import { requestUrl } from "../../model/request-id.ts";
import type { PersonOf } from "../../model/same-person.ts";
import { isVisible } from "../../model/visible-text.ts";
import type { DecisionLinks } from "../../notifications/decision-links.ts";
import { addressOf, userAgentOf } from "../auth/credentials.ts";
import { type BodyLimit, mediaTypeOf, readBody } from "../body.ts";
import { asUnavailable } from "../graphql/errors.ts";
import { HttpError, targetOf } from "../http.ts";
import { type Page, sendPage } from "../pages/layout.ts";
import { type Banner, decisionPage, invalidLinkPage } from "./page.ts";
import { outcomeOf, ownDecisionOf } from "./sentences.ts";

export interface DecisionPageOptions {
  links: DecisionLinks;
  manager: ApprovalManager;
  pool: Pool;
  publicUrl: (req: IncomingMessage) => string;
  /** The limit for a form from an unauthenticated sender. */
  body: BodyLimit;
  log: Pick<Logger, "error">;
}

/** With a valid token: enough for a comment of ten thousand characters, each encoded in up to twelve. */
const MAX_FORM_BYTES = 256 * 1024;

interface PageResponse {
  status: number;
  page: Page;
}

/** The person who opened a link, and the fields of the form if it was sent. */
interface Visit {
  /** The base URL of the links on the page. */
  base: string;
  token: string;
  requestId: string;
  viewer: Viewer;
  person: Person | undefined;
  /** The names that belong to the viewer. */
  personOf: PersonOf;
  /** A comment that is not recorded. */
  comment: string;
}

/** Handles GET, HEAD and POST. Errors are pages too, because people read them. */
export function createDecisionPage({ links, manager, pool, publicUrl, body, log }: DecisionPageOptions) {
  /** @param base the base URL of the links on the page */
  const errorPage = (
    base: string,
    status: number,
    headline: string,
    text: string,
    requestId?: string,
  ): PageResponse => {
    const openUrl = requestId === undefined ? `${base}/` : requestUrl(base, requestId);
    return { status, page: invalidLinkPage(headline, text, openUrl) };
  };

  /** Runs `run` for the person of the link, or explains why the link is not valid. */
  async function visit(
    req: IncomingMessage,
    { token, comment }: Pick<Visit, "token" | "comment">,
    run: (visit: Visit) => Promise<PageResponse>,
  ): Promise<PageResponse> {
    const base = publicUrl(req);
    const link = await links.verify(token);
    if (link.state === "invalid") {
      const hint = "Open it again from the email; it may be incomplete. Or sign in and open the request.";
      return errorPage(base, 400, "This link does not work.", hint);
    }
    if (link.state === "expired") {
      const hint = "The link can no longer be used to decide. Sign in to see the request.";
      return errorPage(base, 410, "This link has expired.", hint, link.requestId);
    }
    const { userId, requestId } = link;
    const [person, personOf] = await Promise.all([personById(pool, userId), personsNamed(pool, [userId])]);
    // The roles come from the directory, because a link outlives a token. There are no scopes: only tokens grant them.
    const viewer = { userId, email: person?.email ?? null, roles: person?.roles ?? [], scopes: [] };
    return run({ base, token, requestId, viewer, person, personOf, comment });
  }

  /** Shows the current request. @param given the banner. Default: the state of the request. */
  async function show(visit: Visit, status = 200, given: Banner | null = null): Promise<PageResponse> {
    const { base, viewer, requestId, person, personOf, token, comment } = visit;
    const request = await manager.getRequest(requestId, viewer);
    if (request === null) {
      const why = `${viewer.userId} may no longer see or decide this request.`;
      return errorPage(base, status === 200 ? 404 : status, "There is nothing for you to decide here.", why);
    }
    const now = manager.now();
    const canDecide = canDecideNow(request, viewer, now, personOf);
    const view = {
      request,
      now,
      viewerId: viewer.userId,
      reader: person ?? null,
      decisions: await decisionsOf(pool, [requestId]),
      openUrl: requestUrl(base, requestId),
      banner: given ?? (canDecide ? null : stateOf(request, visit, now)),
      waits: isOpen(request) && !isExpired(request, now),
      form: canDecide ? { token, comment, digest: storedDigestOf(request), step: "decide" as const } : null,
    };
    return { status, page: decisionPage(view) };
  }

  /** Asks for the reason of a rejection; null if the person cannot reject the request. */
  async function askForReason(
    { base, viewer, requestId, person, personOf, token, comment }: Visit,
    digest: string,
  ): Promise<PageResponse | null> {
    const isBlank = comment !== "" && !isVisible(comment);
    const request = await manager.getRequest(requestId, viewer);
    const now = manager.now();
    if (request === null || !canDecideNow(request, viewer, now, personOf)) return null;
    const page = decisionPage({
      request,
      now,
      viewerId: viewer.userId,
      reader: person ?? null,
      decisions: [],
      waits: true,
      openUrl: requestUrl(base, requestId),
      banner: isBlank
        ? { tone: "bad", headline: "Nothing was recorded.", text: "The reason has no visible character." }
        : null,
      // The digest belongs to the content of the previous page; this page does not show the content.
      form: { token, comment, digest, step: "reject" },
    });
    return { status: isBlank ? 422 : 200, page };
  }

  async function decide(visit: Visit, form: URLSearchParams, req: IncomingMessage): Promise<PageResponse> {
    const [decision, step, digest] = [form.get("decision"), form.get("step"), form.get("digest") ?? ""];
    if (step === "back") return show(visit);
    if (step === "reject") return (await askForReason(visit, digest)) ?? show(visit);
    if (decision === "REJECT" && !isVisible(visit.comment)) {
      const question = await askForReason(visit, digest);
      if (question !== null) return question;
    }
    if (decision !== "APPROVE" && decision !== "REJECT") {
      return show(visit, 400, {
        tone: "bad",
        headline: "Nothing was recorded.",
        text: "Press one of the two buttons.",
      });
    }
    const caller: Caller = {
      viewer: visit.viewer,
      ipAddress: addressOf(req),
      userAgent: userAgentOf(req),
      via: "EMAIL",
    };
    // Without the digest, the person has not seen the content.
    const given = { comment: visit.comment || null, contextDigest: digest };
    try {
      const { requestId } = visit;
      const request = await (decision === "APPROVE"
        ? manager.approve(requestId, given, caller)
        : manager.reject(requestId, given, caller));
      return show(visit, 200, recorded(request, decision, visit.viewer));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error instanceof NotFoundError) return show(visit, 404);
      return show(visit, STATUS[error.code], await refusal(error, visit));
    }
  }

  /** The banner that explains why the decision was not recorded. */
  async function refusal(error: CommandError, { requestId, viewer, personOf }: Visit): Promise<Banner> {
    const headline = "Your decision was not recorded.";
    const failure = (text: string): Banner => ({ tone: "bad", headline, text });
    if (error instanceof StaleContextError) {
      return failure(
        "The content of this request has changed since it was shown to you. Review it again, then decide.",
      );
    }
    if (error instanceof ValidationError) {
      return failure(`The comment cannot be stored: it ${error.issues.map((issue) => issue.message).join("; ")}.`);
    }
    const request = await manager.getRequest(requestId, viewer);
    if (request === null || error.code === "FORBIDDEN") return failure("You may not decide this request.");
    const earlier = earlierDecision(request, viewer.userId, personOf);
    if (earlier !== null) {
      return failure(`You ${earlier === "APPROVE" ? "approved" : "rejected"} this request. Your decision stands.`);
    }
    if (isOpen(request)) return failure("The request has expired.");
    const prefix = request.decisionSource === "APPROVER" ? "Another person has already decided. " : "";
    return failure(prefix + outcomeOf(request, viewer.userId).text);
  }

  /** The form starts with the token. Only with a valid token may the comment be long. */
  async function more(head: string): Promise<number | null> {
    const link = await links.verify(new URLSearchParams(head).get("token") ?? "");
    return link.state === "valid" ? MAX_FORM_BYTES : null;
  }

  async function respond(req: IncomingMessage): Promise<PageResponse> {
    if (req.method !== "POST") {
      const token = new URLSearchParams(targetOf(req).query).get("token") ?? "";
      return visit(req, { token, comment: "" }, (visit) => show(visit));
    }
    const type = mediaTypeOf(req);
    if (type !== "application/x-www-form-urlencoded") {
      req.resume();
      throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "A decision must be sent with the form on this page.");
    }
    const form = new URLSearchParams(await readBody(req, { ...body, more }));
    const comment = (form.get("comment") ?? "").replaceAll("\r\n", "\n").trim();
    return visit(req, { token: form.get("token") ?? "", comment }, (visit) => decide(visit, form, req));
  }

  return async (req: IncomingMessage, res: ServerResponse, requestId?: string): Promise<void> => {
    const { status, page } = await respond(req).catch((error: unknown): PageResponse => {
      if (error instanceof HttpError)
        return errorPage(publicUrl(req), error.status, "The request could not be read.", error.message);
      const outage = asUnavailable(error, requestId, log);
      if (outage !== null) {
        for (const [name, value] of Object.entries(outage.headers)) res.setHeader(name, value);
        return errorPage(publicUrl(req), outage.status, NOT_AVAILABLE, TRY_AGAIN);
      }
      log.error({ err: error, requestId }, "unexpected error on the decision page");
      return errorPage(publicUrl(req), 503, NOT_AVAILABLE, "Open the link again in a moment.");
    });
    sendPage(res, page, status);
  };
}

const NOT_AVAILABLE = "Countersign is not available.";
const TRY_AGAIN =
  "Its database is not available. Open the link again in a moment. If you have just decided, the page " +
  "shows whether your decision was recorded.";

const STATUS = {
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  EXPIRED: 410,
  ALREADY_DECIDED: 409,
  STALE_CONTEXT: 409,
  VALIDATION: 422,
  CONFLICT: 409,
} as const;

/** The banner of a request that the person cannot decide now. */
function stateOf(request: ApprovalRequest, { viewer, personOf }: Visit, now: Date): Banner {
  const tone = request.status === "APPROVED" ? "good" : "plain";
  if (!isOpen(request)) return { tone, ...outcomeOf(request, viewer.userId) };
  if (earlierDecision(request, viewer.userId, personOf) !== null) return { tone: "good", ...ownDecisionOf(request) };
  if (isExpired(request, now)) {
    return {
      tone: "plain",
      headline: "The request has expired.",
      text: "Its outcome is being recorded.",
    };
  }
  const text = "You can see this request, but you may no longer decide it.";
  return { tone: "plain", headline: "There is nothing for you to decide here.", text };
}

/** The banner of a recorded decision. */
function recorded(request: ApprovalRequest, decision: Decision, { userId }: Viewer): Banner {
  if (isOpen(request)) return { tone: "good", ...ownDecisionOf(request) };
  return { tone: decision === "APPROVE" ? "good" : "plain", ...outcomeOf(request, userId) };
}
