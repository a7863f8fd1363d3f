/** Parses the payload of an interaction in Slack: a pressed button or a submitted dialog. */

import { parseJson } from "../../model/json-text.ts";
import { HttpError } from "../http.ts";
import { COMMENT, type DialogState, parseDialogState, REJECT_DIALOG } from "./dialog.ts";

export interface SlackUser {
  /** Slack's id of the user. */
  userId: string;
}

export interface Press {
  what: "press";
  button: "approve" | "reject";
  requestId: string;
  /** The digest of the content in the message; null if the button has none. */
  digest: string | null;
  by: SlackUser;
  /** Opens a dialog within three seconds. */
  triggerId: string;
  /** Accepts a few replies within half an hour. */
  responseUrl: string | null;
}

export interface Submission extends DialogState {
  what: "submission";
  by: SlackUser;
  comment: string;
}

/** `other` only needs an acknowledgement: a button that is a link, or an interaction of a later version of Slack. */
export type Interaction = Press | Submission | { what: "other" };

type Fields = Record<string, unknown>;
const OTHER = { what: "other" } as const;

/** @throws HttpError 400 if the body is not a payload of Slack */
export function interactionOf(body: string): Interaction {
  const payload = payloadOf(body);
  const userId = textAt(payload, "user", "id");
  if (userId === null) throw malformed();
  if (payload.type === "block_actions") return pressOf(payload, { userId });
  if (payload.type === "view_submission") return submissionOf(payload, { userId });
  return OTHER;
}

function payloadOf(body: string): Fields {
  try {
    const payload: unknown = parseJson(new URLSearchParams(body).get("payload") ?? "");
    if (isFields(payload)) return payload;
  } catch {
    // The throw below reports it.
  }
  throw malformed();
}

const malformed = () => new HttpError(400, "BAD_REQUEST", "The body must be a form with Slack's payload in it.");

function pressOf(payload: Fields, by: SlackUser): Interaction {
  const action: unknown = Array.isArray(payload.actions) ? payload.actions[0] : undefined;
  if (!isFields(action)) throw malformed();
  const { action_id: button, value } = action;
  if (button !== "approve" && button !== "reject") return OTHER;
  const triggerId = textAt(payload, "trigger_id");
  if (typeof value !== "string" || triggerId === null) throw malformed();
  // `ID:DIGEST`. Messages of earlier versions and the Reject button have only the id.
  const [requestId = "", digest = ""] = value.split(":");
  const responseUrl = textAt(payload, "response_url");
  return { what: "press", button, requestId, digest: digest === "" ? null : digest, by, triggerId, responseUrl };
}

function submissionOf(payload: Fields, by: SlackUser): Interaction {
  if (textAt(payload, "view", "callback_id") !== REJECT_DIALOG) return OTHER;
  const state = parseDialogState(textAt(payload, "view", "private_metadata") ?? "");
  if (state === null) throw malformed();
  // Slack sends null for an empty field.
  const comment = textAt(payload, "view", "state", "values", COMMENT, COMMENT, "value") ?? "";
  return { what: "submission", by, comment, ...state };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function textAt(value: unknown, ...path: string[]): string | null {
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === "string" ? value : null;
  return isFields(value) && Object.hasOwn(value, name) ? textAt(value[name], ...rest) : null;
}
