/**
 * POST /integrations/slack/interactions: the buttons of messages in Slack, and the dialog behind Reject. They decide
 * through the manager like every other surface, in the name of the person that the Slack user is.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { WebClient } from "@slack/web-api";
import * as lifecycle from "../../approvals/lifecycle.ts";
import type { ApprovalManager } from "../../approvals/manager.ts";
import * as policy from "../../approvals/policy.ts";
import { logFailure } from "../../db/outage-log.ts";
import { unavailable } from "../../db/outages.ts";
import type { Pool } from "../../db/pool.ts";
import { personsNamed } from "../../db/queries/known-people.ts";
import type { Logger } from "../../log.ts";
import type { Caller } from "../../model/approvals.ts";
import { CommandError, NotFoundError, StaleContextError } from "../../model/errors.ts";
import { NOBODY_KNOWN } from "../../model/known-people.ts";
import { isRequestId } from "../../model/request-id.ts";
import { isVisible } from "../../model/visible-text.ts";
import { type SlackAccess, slackClient } from "../../notifications/channels/slack-client.ts";
import { refusalOf } from "../../notifications/channels/slack-errors.ts";
import { openLink } from "../../notifications/view.ts";
import { type BodyLimit, mediaTypeOf, readBody } from "../body.ts";
import { HttpError, sendJson } from "../http.ts";
import { COMMENT, rejectDialog } from "./dialog.ts";
import { type Interaction, interactionOf, type Press, type Submission } from "./payload.ts";
import { callerOf, type Home, homeOf, UnknownPersonError } from "./person.ts";
import { isSignedBySlack, mayBeSigned } from "./signature.ts";
import { recorded, tell, type Words } from "./words.ts";

export interface SlackInteractionsOptions {
  slack: SlackAccess & { signingSecret: string };
  pool: Pool;
  manager: ApprovalManager;
  publicUrl(): string;
  /** The budget of unauthenticated bodies. */
  budget?: BodyLimit["budget"];
  log: Pick<Logger, "warn" | "error">;
  /** ms; Slack gives up after three seconds, some of which its request has used on the way. */
  acknowledgeWithin?: number;
  /** ms that Slack is waited for by one who has pressed. */
  giveUpAfter?: number;
}

/** The payload contains the whole message. The signature covers the whole body, so all of it is read before the check. */
const MAX_BODY_BYTES = 512 * 1024;
const ACKNOWLEDGE_WITHIN_MS = 2_000;
const GIVE_UP_AFTER_MS = 10_000;

/** How an interaction is answered. */
interface Reply {
  /** With the acknowledgement: what the dialog has to say. */
  fault?: string;
  /** To the one who pressed, after the acknowledgement. */
  after?: Words;
}

/** @returns the handler; it throws HttpErrors for what does not come from Slack */
export function createSlackInteractions(options: SlackInteractionsOptions) {
  const { slack, pool, manager, publicUrl, log, acknowledgeWithin = ACKNOWLEDGE_WITHIN_MS } = options;
  const { giveUpAfter = GIVE_UP_AFTER_MS } = options;
  let home: Home | undefined;

  const linkTo = (requestId: string) => (isRequestId(requestId) ? openLink(publicUrl(), requestId) : undefined);

  async function personOf(api: WebClient, { by, requestId }: Press | Submission): Promise<Caller> {
    home ??= await homeOf(api);
    return callerOf(api, pool, home, by.userId, async (email) => {
      const request = await manager.getRequest(requestId);
      return (request && policy.nameIn(request, email)) ?? email;
    });
  }

  async function press(api: WebClient, interaction: Press): Promise<Reply> {
    const { button, requestId, digest, triggerId, responseUrl } = interaction;
    const caller = await personOf(api, interaction);
    if (button === "approve") {
      // Messages of an earlier version do not say which content they show.
      if (digest === null) return { after: { words: OLD_MESSAGE, link: linkTo(requestId) } };
      return told(recorded(await manager.approve(requestId, { contextDigest: digest }, caller), "APPROVE"));
    }
    const request = await manager.getRequest(requestId, caller.viewer);
    if (request === null) throw new NotFoundError();
    // Nobody writes down a reason that would be refused: the core is asked first, and asked again on submission.
    const command = { viewer: caller.viewer, decision: "REJECT" as const, ...NO_COMMENT };
    const people = { ...NOBODY_KNOWN, personOf: await personsNamed(pool, [caller.viewer.userId]) };
    const effects = lifecycle.decide(request, command, manager.now(), people);
    if (effects.events.length === 0) return told(recorded(request, "REJECT"));
    await api.views.open({ trigger_id: triggerId, view: rejectDialog(request, responseUrl) });
    return {};
  }

  async function submit(api: WebClient, submission: Submission): Promise<Reply> {
    const { requestId, comment } = submission;
    const caller = await personOf(api, submission);
    if (!isVisible(comment)) return { fault: NO_REASON };
    return told(recorded(await manager.reject(requestId, { comment }, caller), "REJECT"));
  }

  /** Never throws: whatever happens, the one who pressed is told in words. */
  async function answer(interaction: Press | Submission): Promise<Reply> {
    const inWords = (words: string, link?: string): Reply =>
      interaction.what === "press" ? { after: { words, link } } : { fault: words };
    try {
      const api = await slackClient(slack, AbortSignal.timeout(giveUpAfter));
      return await (interaction.what === "press" ? press(api, interaction) : submit(api, interaction));
    } catch (error) {
      // They have the message before them; that the API would deny its request would only confuse them.
      if (error instanceof NotFoundError) return inWords(NOT_THEIRS);
      if (error instanceof StaleContextError) return inWords(CHANGED, linkTo(interaction.requestId));
      if (error instanceof CommandError || error instanceof UnknownPersonError) return inWords(error.message);
      const refusal = refusalOf(error);
      if (refusal !== null && LATE.has(refusal)) return inWords("That took too long. Press the button again.");
      if (refusal === null && unavailable(error) !== null) {
        logFailure(log, "error", { err: error }, "an interaction in Slack could not be carried out");
        return inWords("The database is not available. Try again in a moment.");
      }
      log.error({ err: error, refusal }, "an interaction in Slack failed");
      return inWords("That did not work. Try again.", linkTo(interaction.requestId));
    }
  }

  async function say({ responseUrl }: Press | Submission, words: Words | undefined): Promise<void> {
    if (words === undefined || responseUrl === null) return;
    await tell(responseUrl, words, slack.apiUrl).catch((error: unknown) =>
      log.warn({ err: error }, "a response did not reach Slack"),
    );
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const interaction = await interactionIn(req, slack.signingSecret, options.budget);
    if (interaction.what === "other") return acknowledge(res);
    const replying = answer(interaction);
    const reply = await withinTime(replying, acknowledgeWithin);
    if (reply?.fault === undefined) acknowledge(res);
    else sendJson(res, 200, { response_action: "errors", errors: { [COMMENT]: reply.fault } });
    const { after, fault } = await replying;
    // The dialog is closed by now where it took longer.
    await say(interaction, reply === null && fault !== undefined ? { words: fault } : after);
  };
}

const told = (words: string): Reply => ({ after: { words } });
const NO_COMMENT = { comment: null, reason: null, contextDigest: null, issues: [] };
const OLD_MESSAGE = "This message is from an earlier version, so nothing was recorded.";
const NO_REASON = "Enter why you reject the request.";
const CHANGED = "The content of this request has changed since this message; nothing was recorded.";
const NOT_THEIRS = "You may not decide this request, or it no longer exists.";
/** The press is too long ago for a dialog. */
const LATE = new Set(["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"]);

/** @throws HttpError */
async function interactionIn(
  req: IncomingMessage,
  signingSecret: string,
  budget: BodyLimit["budget"],
): Promise<Interaction> {
  // A body whose headers cannot be Slack's is not read.
  if (!mayBeSigned(req)) {
    req.resume();
    throw notSigned();
  }
  const body = await readBody(req, { most: MAX_BODY_BYTES, budget });
  if (!isSignedBySlack(signingSecret, req, body)) throw notSigned();
  if (mediaTypeOf(req) !== "application/x-www-form-urlencoded") {
    throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be a form.");
  }
  return interactionOf(body);
}

const notSigned = () =>
  new HttpError(401, "UNAUTHENTICATED", "Only requests that Slack signed within the last five minutes are accepted.");

/** An acknowledgement without a body closes a dialog. */
function acknowledge(res: ServerResponse): void {
  res.writeHead(200, { "Content-Length": 0, "Cache-Control": "no-store" });
  res.end();
}

/** What is promised, or null where it takes longer. */
async function withinTime<T>(promised: Promise<T>, ms: number): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), ms);
  return Promise.race([promised, late.promise]).finally(() => clearTimeout(timer));
}
