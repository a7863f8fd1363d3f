/**
 * Handles POST /integrations/slack/interactions: the buttons of messages in Slack and the dialog for a rejection. They
 * decide through the manager like every other surface, on behalf of the person of the Slack user.
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
import { isRequestId, requestUrl } from "../../model/request-id.ts";
import { isVisible } from "../../model/visible-text.ts";
import { type SlackAccess, slackClient } from "../../notifications/channels/slack-client.ts";
import { refusalOf } from "../../notifications/channels/slack-errors.ts";
import { type BodyLimit, mediaTypeOf, readBody } from "../body.ts";
import { HttpError, sendJson } from "../http.ts";
import { COMMENT, rejectDialog } from "./dialog.ts";
import { type Interaction, interactionOf, type Press, type Submission } from "./payload.ts";
import { callerOf, UnknownPersonError, type Workspace, workspaceOf } from "./person.ts";
import { recordedText, type SlackReply, sendReply } from "./reply.ts";
import { isSignedBySlack, mayBeSigned } from "./signature.ts";

export interface SlackInteractionsOptions {
  slack: SlackAccess & { signingSecret: string };
  pool: Pool;
  manager: ApprovalManager;
  publicUrl(): string;
  /** The budget of unauthenticated bodies. */
  budget?: BodyLimit["budget"];
  log: Pick<Logger, "warn" | "error">;
  /** ms; Slack waits three seconds, including the time that its request takes to arrive. */
  acknowledgeWithin?: number;
  /** ms until calls of Slack's API time out. */
  giveUpAfter?: number;
}

/** The payload contains the whole message. The signature covers the body, so all of it is read before the check. */
const MAX_BODY_BYTES = 512 * 1024;
const ACKNOWLEDGE_WITHIN_MS = 2_000;
const GIVE_UP_AFTER_MS = 10_000;

/** The result of an interaction. */
interface Result {
  /** An error that the dialog shows, sent with the acknowledgement. */
  dialogError?: string;
  /** A reply to the user, sent after the acknowledgement. */
  reply?: SlackReply;
}

/** @returns the handler; it throws HttpErrors for what does not come from Slack */
export function createSlackInteractions(options: SlackInteractionsOptions) {
  const { slack, pool, manager, publicUrl, log, acknowledgeWithin = ACKNOWLEDGE_WITHIN_MS } = options;
  const { giveUpAfter = GIVE_UP_AFTER_MS } = options;
  let workspace: Workspace | undefined;

  const linkTo = (requestId: string) => (isRequestId(requestId) ? requestUrl(publicUrl(), requestId) : undefined);

  async function personOf(api: WebClient, { by, requestId }: Press | Submission): Promise<Caller> {
    workspace ??= await workspaceOf(api);
    return callerOf(api, pool, workspace, by.userId, async (email) => {
      const request = await manager.getRequest(requestId);
      return (request && policy.nameIn(request, email)) ?? email;
    });
  }

  async function press(api: WebClient, interaction: Press): Promise<Result> {
    const { button, requestId, digest, triggerId, responseUrl } = interaction;
    const caller = await personOf(api, interaction);
    if (button === "approve") {
      // Buttons in messages of an earlier version have no digest of the content.
      if (digest === null) return { reply: { text: OLD_MESSAGE, link: linkTo(requestId) } };
      return replyWith(recordedText(await manager.approve(requestId, { contextDigest: digest }, caller), "APPROVE"));
    }
    const request = await manager.getRequest(requestId, caller.viewer);
    if (request === null) throw new NotFoundError();
    // Checks the rejection before the dialog opens, so that nobody writes a reason in vain. The submission checks
    // again.
    const command = { viewer: caller.viewer, decision: "REJECT" as const, ...NO_COMMENT };
    const people = { ...NOBODY_KNOWN, personOf: await personsNamed(pool, [caller.viewer.userId]) };
    const effects = lifecycle.decide(request, command, manager.now(), people);
    if (effects.events.length === 0) return replyWith(recordedText(request, "REJECT"));
    await api.views.open({ trigger_id: triggerId, view: rejectDialog(request, responseUrl) });
    return {};
  }

  async function submit(api: WebClient, submission: Submission): Promise<Result> {
    const { requestId, comment } = submission;
    const caller = await personOf(api, submission);
    if (!isVisible(comment)) return { dialogError: NO_REASON };
    return replyWith(recordedText(await manager.reject(requestId, { comment }, caller), "REJECT"));
  }

  /** Handles an interaction. Never throws: every error becomes a message to the user. */
  async function handle(interaction: Press | Submission): Promise<Result> {
    const failure = (text: string, link?: string): Result =>
      interaction.what === "press" ? { reply: { text, link } } : { dialogError: text };
    try {
      const api = await slackClient(slack, AbortSignal.timeout(giveUpAfter));
      return await (interaction.what === "press" ? press(api, interaction) : submit(api, interaction));
    } catch (error) {
      // The user sees the message, so "not found" would confuse them.
      if (error instanceof NotFoundError) return failure(NOT_VISIBLE);
      if (error instanceof StaleContextError) return failure(CHANGED, linkTo(interaction.requestId));
      if (error instanceof CommandError || error instanceof UnknownPersonError) return failure(error.message);
      const refusal = refusalOf(error);
      if (refusal !== null && LATE.has(refusal)) return failure("That took too long. Press the button again.");
      if (refusal === null && unavailable(error) !== null) {
        logFailure(log, "error", { err: error }, "an interaction in Slack failed because the database is unavailable");
        return failure("The database is not available. Try again in a moment.");
      }
      log.error({ err: error, refusal }, "an interaction in Slack failed");
      return failure("That did not work. Try again.", linkTo(interaction.requestId));
    }
  }

  async function send({ responseUrl }: Press | Submission, reply: SlackReply | undefined): Promise<void> {
    if (reply === undefined || responseUrl === null) return;
    await sendReply(responseUrl, reply, slack.apiUrl).catch((error: unknown) =>
      log.warn({ err: error }, "a response did not reach Slack"),
    );
  }

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const interaction = await interactionIn(req, slack.signingSecret, options.budget);
    if (interaction.what === "other") return acknowledge(res);
    const handling = handle(interaction);
    const result = await withinTime(handling, acknowledgeWithin);
    if (result?.dialogError === undefined) acknowledge(res);
    else sendJson(res, 200, { response_action: "errors", errors: { [COMMENT]: result.dialogError } });
    const { reply, dialogError } = await handling;
    // If it took longer, the acknowledgement has already closed the dialog.
    await send(interaction, result === null && dialogError !== undefined ? { text: dialogError } : reply);
  };
}

const replyWith = (text: string): Result => ({ reply: { text } });
const NO_COMMENT = { comment: null, reason: null, contextDigest: null, issues: [] };
const OLD_MESSAGE = "This message is from an earlier version, so nothing was recorded.";
const NO_REASON = "Enter why you reject the request.";
const CHANGED = "The content of this request has changed since this message; nothing was recorded.";
const NOT_VISIBLE = "You may not decide this request, or it no longer exists.";
/** Slack's errors for a dialog that is opened too long after the press. */
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

/** The result of a promise; null if it takes longer. */
async function withinTime<T>(promised: Promise<T>, ms: number): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), ms);
  return Promise.race([promised, late.promise]).finally(() => clearTimeout(timer));
}
