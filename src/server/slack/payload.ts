/** What Slack says that somebody did: a button of a message, or the dialog that asks for the reason. */

import { parseJson } from "../../model/json-text.ts";
import { HttpError } from "../http.ts";
import { COMMENT, REJECT_DIALOG, type Remembered, rememberedIn } from "./dialog.ts";

export interface Presser {
  /** Slack's id of the user. */
  userId: string;
}

export interface Press {
  what: "press";
  button: "approve" | "reject";
  requestId: string;
  /** Of the content that the message shows; null for a button that does not say. */
  digest: string | null;
  by: Presser;
  /** Opens a dialog within three seconds. */
  triggerId: string;
  /** Takes a few answers for half an hour. */
  responseUrl: string | null;
}

export interface Submission extends Remembered {
  what: "submission";
  by: Presser;
  comment: string;
}

/** `other` needs an acknowledgement and nothing else: the button that is a link, and what a later Slack may send. */
export type Interaction = Press | Submission | { what: "other" };

type Fields = Record<string, unknown>;
const OTHER = { what: "other" } as const;

/** @throws HttpError 400 where the body is none of Slack's */
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
    // Answered below.
  }
  throw malformed();
}

const malformed = () => new HttpError(400, "BAD_REQUEST", "The body must be a form with Slack's payload in it.");

function pressOf(payload: Fields, by: Presser): Interaction {
  const action: unknown = Array.isArray(payload.actions) ? payload.actions[0] : undefined;
  if (!isFields(action)) throw malformed();
  const { action_id: button, value } = action;
  if (button !== "approve" && button !== "reject") return OTHER;
  const triggerId = textAt(payload, "trigger_id");
  if (typeof value !== "string" || triggerId === null) throw malformed();
  // `ID:DIGEST`; messages from before, and the button that rejects, name the request alone.
  const [requestId = "", digest = ""] = value.split(":");
  const responseUrl = textAt(payload, "response_url");
  return { what: "press", button, requestId, digest: digest === "" ? null : digest, by, triggerId, responseUrl };
}

function submissionOf(payload: Fields, by: Presser): Interaction {
  if (textAt(payload, "view", "callback_id") !== REJECT_DIALOG) return OTHER;
  const remembered = rememberedIn(textAt(payload, "view", "private_metadata") ?? "");
  if (remembered === null) throw malformed();
  // Slack sends null for a field that was left empty.
  const comment = textAt(payload, "view", "state", "values", COMMENT, COMMENT, "value") ?? "";
  return { what: "submission", by, comment, ...remembered };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function textAt(value: unknown, ...path: string[]): string | null {
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === "string" ? value : null;
  return isFields(value) && Object.hasOwn(value, name) ? textAt(value[name], ...rest) : null;
}
