/**
 * GET and POST /decide: the link of an e-mail. GET shows and changes nothing, however often a mail scanner fetches it;
 * only POST decides. The link says who is asking, and that is all it proves: rights and order are the manager's.
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
import type { PersonOf } from "../../model/same-person.ts";
import { isVisible } from "../../model/visible-text.ts";
import type { DecisionLinks } from "../../notifications/decision-links.ts";
import { openLink } from "../../notifications/view.ts";
import { addressOf, userAgentOf } from "../auth/credentials.ts";
import { type BodyLimit, mediaTypeOf, readBody } from "../body.ts";
import { asUnavailable } from "../graphql/errors.ts";
import { HttpError, targetOf } from "../http.ts";
import { type Page, sendPage } from "../pages/layout.ts";
import { type Banner, deadLinkPage, decisionPage } from "./page.ts";
import { outcomeOf, ownDecisionOf } from "./words.ts";

export interface DecisionPageOptions {
  links: DecisionLinks;
  manager: ApprovalManager;
  pool: Pool;
  publicUrl: (req: IncomingMessage) => string;
  /** Of a form whose sender is unknown. */
  body: BodyLimit;
  log: Pick<Logger, "error">;
}

/** Enough for a token and a comment of some ten thousand characters, each written as up to twelve: behind a valid token. */
const MAX_FORM_BYTES = 256 * 1024;

interface Answer {
  status: number;
  page: Page;
}

/** Who opened a link, and the form's fields where one was sent. */
interface Visit {
  /** Of the links that this client can follow. */
  base: string;
  token: string;
  requestId: string;
  viewer: Viewer;
  person: Person | undefined;
  /** Which names are the viewer. */
  personOf: PersonOf;
  /** What was written and not recorded. */
  comment: string;
}

/** Handles GET, HEAD and POST; errors are pages too, as people read them. */
export function createDecisionPage({ links, manager, pool, publicUrl, body, log }: DecisionPageOptions) {
  /** @param base of the links that this client can follow */
  const dead = (base: string, status: number, headline: string, text: string, requestId?: string): Answer => {
    const openUrl = requestId === undefined ? `${base}/` : openLink(base, requestId);
    return { status, page: deadLinkPage(headline, text, openUrl) };
  };

  /** Runs something for whoever the link is for, or says why it opens nothing. */
  async function visit(
    req: IncomingMessage,
    { token, comment }: Pick<Visit, "token" | "comment">,
    run: (visit: Visit) => Promise<Answer>,
  ): Promise<Answer> {
    const base = publicUrl(req);
    const link = await links.verify(token);
    if (link.state === "invalid") {
      const hint = "Open it again from the email; it may be incomplete. Or sign in and open the request.";
      return dead(base, 400, "This link does not work.", hint);
    }
    if (link.state === "expired") {
      const hint = "The link can no longer be used to decide. Sign in to see the request.";
      return dead(base, 410, "This link has expired.", hint, link.requestId);
    }
    const { userId, requestId } = link;
    const [person, personOf] = await Promise.all([personById(pool, userId), personsNamed(pool, [userId])]);
    // The directory's roles, as a link outlives what a token said of them; and no scopes, which only tokens give.
    const viewer = { userId, email: person?.email ?? null, roles: person?.roles ?? [], scopes: [] };
    return run({ base, token, requestId, viewer, person, personOf, comment });
  }

  /** The request as it stands. @param given what is said first, else whatever the request says of itself */
  async function show(visit: Visit, status = 200, given: Banner | null = null): Promise<Answer> {
    const { base, viewer, requestId, person, personOf, token, comment } = visit;
    const request = await manager.getRequest(requestId, viewer);
    if (request === null) {
      const why = `${viewer.userId} may no longer see or decide this request.`;
      return dead(base, status === 200 ? 404 : status, "There is nothing for you to decide here.", why);
    }
    const now = manager.now();
    const canDecide = canDecideNow(request, viewer, now, personOf);
    const view = {
      ...{ request, now, viewerId: viewer.userId, reader: person ?? null },
      decisions: await decisionsOf(pool, [requestId]),
      openUrl: openLink(base, requestId),
      banner: given ?? (canDecide ? null : stateOf(request, visit, now)),
      waits: isOpen(request) && !isExpired(request, now),
      form: canDecide ? { token, comment, digest: storedDigestOf(request), step: "decide" as const } : null,
    };
    return { status, page: decisionPage(view) };
  }

  /** Asks for the reason of a rejection; null where this person has nothing to reject. */
  async function askWhy(
    { base, viewer, requestId, person, personOf, token, comment }: Visit,
    digest: string,
  ): Promise<Answer | null> {
    const isBlank = comment !== "" && !isVisible(comment);
    const request = await manager.getRequest(requestId, viewer);
    const now = manager.now();
    if (request === null || !canDecideNow(request, viewer, now, personOf)) return null;
    const page = decisionPage({
      ...{ request, now, viewerId: viewer.userId, reader: person ?? null, decisions: [], waits: true },
      openUrl: openLink(base, requestId),
      banner: isBlank
        ? { tone: "bad", headline: "Nothing was recorded.", text: "The reason has no visible character." }
        : null,
      // Of the content that was shown before, which is not shown again.
      form: { token, comment, digest, step: "reject" },
    });
    return { status: isBlank ? 422 : 200, page };
  }

  async function decide(visit: Visit, form: URLSearchParams, req: IncomingMessage): Promise<Answer> {
    const [decision, step, digest] = [form.get("decision"), form.get("step"), form.get("digest") ?? ""];
    if (step === "back") return show(visit);
    if (step === "reject") return (await askWhy(visit, digest)) ?? show(visit);
    if (decision === "REJECT" && !isVisible(visit.comment)) {
      const asked = await askWhy(visit, digest);
      if (asked !== null) return asked;
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
    // Without the digest of what was on screen nobody can have judged it.
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

  /** Why nothing was recorded, as the person needs to know it. */
  async function refusal(error: CommandError, { requestId, viewer, personOf }: Visit): Promise<Banner> {
    const headline = "Your decision was not recorded.";
    const say = (text: string): Banner => ({ tone: "bad", headline, text });
    if (error instanceof StaleContextError) {
      return say("The content of this request has changed since it was shown to you. Review it again, then decide.");
    }
    if (error instanceof ValidationError) {
      return say(`The comment cannot be stored: it ${error.issues.map((issue) => issue.message).join("; ")}.`);
    }
    const request = await manager.getRequest(requestId, viewer);
    if (request === null || error.code === "FORBIDDEN") return say("You may not decide this request.");
    const earlier = earlierDecision(request, viewer.userId, personOf);
    if (earlier !== null) {
      return say(`You ${earlier === "APPROVE" ? "approved" : "rejected"} this request. Your decision stands.`);
    }
    if (isOpen(request)) return say("The request has expired.");
    const faster = request.decisionSource === "APPROVER" ? "Another person has already decided. " : "";
    return say(faster + outcomeOf(request, viewer.userId).text);
  }

  /** The form begins with the token: only with a valid token may the comment be long. */
  async function more(head: string): Promise<number | null> {
    const link = await links.verify(new URLSearchParams(head).get("token") ?? "");
    return link.state === "valid" ? MAX_FORM_BYTES : null;
  }

  async function answer(req: IncomingMessage): Promise<Answer> {
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
    const { status, page } = await answer(req).catch((error: unknown): Answer => {
      if (error instanceof HttpError)
        return dead(publicUrl(req), error.status, "The request could not be read.", error.message);
      const away = asUnavailable(error, requestId, log);
      if (away !== null) {
        for (const [name, value] of Object.entries(away.headers)) res.setHeader(name, value);
        return dead(publicUrl(req), away.status, CANNOT_ANSWER, TRY_AGAIN);
      }
      log.error({ err: error, requestId }, "unexpected error on the decision page");
      return dead(publicUrl(req), 503, CANNOT_ANSWER, "Open the link again in a moment.");
    });
    sendPage(res, page, status);
  };
}

const CANNOT_ANSWER = "Countersign is not available.";
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

/** What is said of a request that this person cannot decide now. */
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

/** What became of a decision. */
function recorded(request: ApprovalRequest, decision: Decision, { userId }: Viewer): Banner {
  if (isOpen(request)) return { tone: "good", ...ownDecisionOf(request) };
  return { tone: decision === "APPROVE" ? "good" : "plain", ...outcomeOf(request, userId) };
}
