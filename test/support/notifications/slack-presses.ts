/** People who use Slack: they press buttons and submit dialogs, and Slack sends the signed interactions to the app. */

import { createHmac } from "node:crypto";
import type { SlackServer } from "./slack-server.ts";
import type { SlackMessage, SlackUser, SlackView } from "./slack-workspace.ts";

/** The differences of a request from those of Slack. */
export interface Tampering {
  secret?: string;
  /** Seconds since 1970. */
  timestamp?: number;
  /** Sent instead of the signed body. */
  body?: string;
  headers?: Record<string, string | undefined>;
}

export interface Pressed {
  response: Response;
  /** Where the app may answer. */
  responseUrl: string;
  /** The answer of the app, as soon as it arrives. */
  answer(): Promise<string>;
}

/** Presses a button of a message in its current form. */
export async function press(
  slack: SlackServer,
  appUrl: string,
  user: SlackUser,
  message: SlackMessage,
  actionId: string,
  options: { lateTrigger?: boolean } & Tampering = {},
): Promise<Pressed> {
  const { workspace } = slack;
  const buttons = message.blocks.flatMap(({ block_id, elements = [] }) =>
    elements.map((element) => ({ ...element, block_id })),
  );
  const button = buttons.find(({ action_id, type }) => type === "button" && action_id === actionId);
  if (button === undefined) throw new Error(`the message has no button ${actionId}`);
  const trigger = workspace.newTrigger(user.id);
  if (options.lateTrigger) workspace.triggers.set(trigger, { user: user.id, state: "expired" });
  const responseUrl = slack.newResponseUrl();
  const conversation = workspace.conversations.get(message.channel);
  const payload = {
    type: "block_actions",
    ...origin(slack, user),
    container: { type: "message", message_ts: message.ts, channel_id: message.channel, is_ephemeral: false },
    trigger_id: trigger,
    channel: { id: message.channel, name: conversation?.name ?? "directmessage" },
    message: { type: "message", ts: message.ts, text: message.text, blocks: message.blocks },
    response_url: responseUrl,
    actions: [{ ...button, action_ts: workspace.newTs() }],
  };
  const response = await deliver(slack, appUrl, payload, options);
  return { response, responseUrl, answer: () => answerAt(slack, responseUrl) };
}

/** Fills in a dialog and submits it; `values` by the `block_id` of each field. */
export async function submit(
  slack: SlackServer,
  appUrl: string,
  view: SlackView,
  values: Record<string, string>,
  options: { user?: SlackUser } & Tampering = {},
): Promise<{ errors: Record<string, string> | null; response: Response }> {
  const user = options.user ?? slack.workspace.users.get(view.user);
  if (user === undefined) throw new Error("nobody has the dialog open");
  const inputs = view.blocks.filter(({ type }) => type === "input");
  const fields = inputs.map(({ block_id = "", element, optional }) => {
    const value = values[block_id] ?? null;
    if (value === null && !optional) throw new Error(`Slack asks to fill in ${block_id}`);
    return [block_id, { [element?.action_id ?? ""]: { type: "plain_text_input", value } }];
  });
  const payload = {
    type: "view_submission",
    ...origin(slack, user),
    view: { ...view, type: "modal", state: { values: Object.fromEntries(fields) } },
    response_urls: [],
  };
  const response = await deliver(slack, appUrl, payload, options);
  const text = await response.clone().text();
  if (response.status !== 200 || text === "") return { errors: null, response };
  const { response_action, errors, ...rest } = JSON.parse(text);
  const names = inputs.map(({ block_id }) => block_id);
  const known = response_action === "errors" && Object.keys(errors).every((name) => names.includes(name));
  if (!known || Object.keys(rest).length > 0) throw new Error(`Slack does not take this answer: ${text}`);
  return { errors, response };
}

/** The text that the app posted to a `response_url`. */
export const answerAt = async (slack: SlackServer, responseUrl: string): Promise<string> =>
  (await slack.answers.next((answer) => answer.responseUrl === responseUrl)).text;

const origin = ({ workspace }: SlackServer, user: SlackUser) => ({
  user: { id: user.id, username: user.id.toLowerCase(), name: user.id.toLowerCase(), team_id: user.team },
  api_app_id: "A0COUNTERSIGN",
  token: "retired-verification-token",
  team: { id: workspace.team, domain: "example" },
  enterprise: workspace.enterprise === null ? null : { id: workspace.enterprise, name: "example" },
});

/** Sends an interaction as Slack does. */
export function deliver(
  slack: SlackServer,
  appUrl: string,
  payload: unknown,
  { secret = slack.settings.signingSecret, timestamp = Math.floor(Date.now() / 1000), ...more }: Tampering = {},
): Promise<Response> {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
  const headers = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "X-Slack-Request-Timestamp": String(timestamp),
    "X-Slack-Signature": signature,
    ...more.headers,
  };
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return fetch(appUrl, { method: "POST", headers: given, body: more.body ?? body });
}
