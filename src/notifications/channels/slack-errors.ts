/** Turns Slack's error codes into delivery errors. Source of the codes: Slack's reference of each method. */

import type { WebAPICallError } from "@slack/web-api";
import type { Logger } from "../../log.ts";
import { oneLine } from "../../log.ts";
import { DeliveryError } from "../channel.ts";

/** Errors that a retry cannot fix: they concern the message or its recipient. */
const PERMANENT: Record<string, string> = {
  users_not_found: "no user has this email address",
  user_not_found: "the user does not exist",
  channel_not_found: "the channel does not exist, or the app may not see it",
  not_in_channel: "the app must be invited to the channel",
  is_archived: "the channel is archived",
  is_inactive: "the channel is archived",
  cannot_dm_bot: "the recipient is a bot",
  messages_tab_disabled: "the app's messages tab is disabled",
  restricted_action: "the workspace does not allow the app to post there",
  restricted_action_read_only_channel: "the channel is read-only",
  restricted_action_thread_only_channel: "the channel only allows replies",
  invalid_blocks: "the template rendered blocks that Slack does not accept",
  invalid_blocks_format: "the template rendered blocks that Slack does not accept",
  msg_blocks_too_long: "the template rendered a message that is too long",
  msg_too_long: "the template rendered a message that is too long",
  no_text: "the template rendered no text",
  invalid_arguments: "the call was not valid",
  invalid_metadata_format: "the call was not valid",
  invalid_metadata_schema: "the call was not valid",
  metadata_too_large: "the call was not valid",
};

/** Nothing can be sent until an operator fixes the token. Messages wait. */
const TOKEN_REFUSED = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
  "org_login_required",
  "team_access_not_granted",
  "two_factor_setup_required",
]);
/** The same, but only for calls that need the missing permission. */
const NOT_PERMITTED = new Set(["missing_scope", "no_permission", "ekm_access_denied", "access_denied"]);
const RATE_LIMITED = new Set(["ratelimited", "rate_limited", "message_limit_exceeded"]);

const FIX_CHECK_MS = 60_000;
const DEFAULT_WAIT_MS = 30_000;
const LONGEST_DETAIL = 300;

const isSlackError = (error: unknown): error is WebAPICallError =>
  error instanceof Error && "code" in error && String(error.code).startsWith("slack_webapi_");

/** Slack's error code, such as `channel_not_found`; null for any other failure. */
export function refusalOf(error: unknown): string | null {
  if (!isSlackError(error) || error.code !== "slack_webapi_platform_error") return null;
  // If the response is not JSON, for example that of a proxy, the library puts all of it where the code should be.
  return /^[a-z\d_.]{1,80}$/.test(error.data.error) ? error.data.error : null;
}

/** The error for the worker. An error that does not come from Slack is returned unchanged. */
export function deliveryErrorOf(error: unknown, log: Pick<Logger, "error">): unknown {
  if (!isSlackError(error)) {
    return isAbort(error) || isCut(error) ? unreachable(error) : error;
  }
  if (error.code === "slack_webapi_rate_limited_error") return rateLimited(error.retryAfter * 1000, error);
  if (error.code === "slack_webapi_http_error") {
    const { statusCode } = error;
    const permanent = statusCode < 500 && statusCode !== 408;
    return new DeliveryError(`Slack responded with HTTP status ${statusCode}.`, { permanent, cause: error });
  }
  if (error.code === "slack_webapi_request_error") return unreachable(error.original);

  const code = refusalOf(error);
  if (code === null) return new DeliveryError("The response was not from Slack.", { cause: error });
  if (RATE_LIMITED.has(code)) return rateLimited(DEFAULT_WAIT_MS, error);
  if (TOKEN_REFUSED.has(code) || NOT_PERMITTED.has(code)) {
    const needed = "needed" in error.data ? ` (${String(error.data.needed)})` : "";
    const message = `Slack refused a call with SLACK_BOT_TOKEN: ${code}${needed}.`;
    log.error({ refusal: code }, `${message} Messages wait until it is fixed.`);
    return new DeliveryError(message, {
      retryAfterMs: FIX_CHECK_MS,
      pausesChannel: TOKEN_REFUSED.has(code),
      cause: error,
    });
  }
  const meaning = PERMANENT[code];
  const details = error.data.response_metadata?.messages?.join(" ").slice(0, LONGEST_DETAIL) ?? "";
  const reason = [code, meaning, details].filter((part) => part).join(": ");
  return new DeliveryError(`Slack refused the message: ${reason}.`, { permanent: meaning !== undefined, cause: error });
}

const rateLimited = (retryAfterMs: number, cause: unknown) =>
  new DeliveryError("Slack limits the rate of messages.", { retryAfterMs, pausesChannel: true, cause });

const isAbort = (error: unknown) =>
  error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");

/** The error that fetch throws if the connection is lost during a response. */
const isCut = (error: unknown) => error instanceof TypeError && error.message === "terminated";

function unreachable(error: unknown): DeliveryError {
  if (isAbort(error)) return new DeliveryError("Slack did not answer in time.", { cause: error });
  // The message is only `fetch failed`; the cause has the reason.
  const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return new DeliveryError(`Slack could not be reached: ${oneLine(reason)}.`, { cause: error });
}
