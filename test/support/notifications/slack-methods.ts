/** The methods of Slack's Web API that the project calls, at least as strict as the reference. */

import { faultsOfMessage, faultsOfView } from "./slack-blocks.ts";
import type { SlackBlock, SlackMessage, SlackUser, SlackView, SlackWorkspace } from "./slack-workspace.ts";

export type Arguments = Record<string, string>;
type Answer = Record<string, unknown>;

/** Answers `{ ok: false, error }`. */
export class Refusal extends Error {
  readonly details: string[];
  constructor(error: string, details: string[] = []) {
    super(error);
    this.details = details;
  }
}

interface Method {
  required: readonly string[];
  optional?: readonly string[];
  run(args: Arguments, workspace: SlackWorkspace): Answer;
}

const MESSAGE = ["text", "blocks", "metadata", "parse", "link_names"];
const LONGEST_TEXT = 40_000;
const LARGEST_METADATA = 16 * 1024;

export const METHODS: Record<string, Method> = {
  "auth.test": {
    required: [],
    run: (_args, { team, enterprise }) => ({
      team_id: team,
      ...(enterprise !== null && { enterprise_id: enterprise }),
    }),
  },

  "users.lookupByEmail": {
    required: ["email"],
    run({ email = "" }, workspace) {
      const user = workspace.users.values().find((one) => one.email?.toLowerCase() === email.toLowerCase());
      if (user === undefined || user.more.deleted === true) throw new Refusal("users_not_found");
      return { user: userObject(user) };
    },
  },

  "users.info": {
    required: ["user"],
    run({ user = "" }, workspace) {
      const found = workspace.users.get(user);
      if (found === undefined) throw new Refusal("user_not_found");
      return { user: userObject(found) };
    },
  },

  "chat.postMessage": {
    required: ["channel"],
    optional: [...MESSAGE, "thread_ts", "client_msg_id", "unfurl_links", "unfurl_media"],
    run(args, workspace) {
      const conversation = workspace.conversation(args.channel ?? "");
      if (conversation === undefined) throw new Refusal("channel_not_found");
      if (conversation.archived) throw new Refusal("is_archived");
      if (!conversation.member) throw new Refusal("not_in_channel");
      const { id: channel } = conversation;
      const clientMsgId = args.client_msg_id ?? null;
      if (clientMsgId !== null && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(clientMsgId)) {
        throw new Refusal("invalid_arguments", ["client_msg_id must be a UUID"]);
      }
      const content = contentOf(args);
      const threadTs = args.thread_ts ?? null;
      if (threadTs !== null && workspace.message(channel, threadTs) === undefined)
        throw new Refusal("thread_not_found");
      const posted = clientMsgId === null ? undefined : workspace.posted.get(clientMsgId);
      if (posted !== undefined) {
        if (!workspace.messages.includes(posted)) throw new Refusal("duplicate_message_not_found");
        return { channel: posted.channel, ts: posted.ts };
      }
      const ts = workspace.newTs();
      const message: SlackMessage = { channel, ts, threadTs, metadata: null, ...content, clientMsgId, updates: 0 };
      workspace.messages.push(message);
      if (clientMsgId !== null) workspace.posted.set(clientMsgId, message);
      return { channel, ts, message: { type: "message", text: content.text, ts } };
    },
  },

  "chat.update": {
    required: ["channel", "ts"],
    optional: MESSAGE,
    run(args, workspace) {
      const { channel = "", ts = "" } = args;
      // Neither a name nor a user's id will do here.
      const conversation = workspace.conversations.get(channel);
      if (conversation === undefined) throw new Refusal("channel_not_found");
      if (conversation.archived) throw new Refusal("is_inactive");
      const message = workspace.message(channel, ts);
      if (message === undefined) throw new Refusal("message_not_found");
      if (args.parse !== "none") throw new Refusal("invalid_arguments", ["without parse=none it is parsed again"]);
      Object.assign(message, contentOf(args), { updates: message.updates + 1 });
      return { channel, ts, text: message.text };
    },
  },

  "chat.getPermalink": {
    required: ["channel", "message_ts"],
    run({ channel = "", message_ts: ts = "" }, workspace) {
      if (!workspace.conversations.has(channel)) throw new Refusal("channel_not_found");
      if (workspace.message(channel, ts) === undefined) throw new Refusal("message_not_found");
      return { channel, permalink: permalinkOf({ channel, ts }) };
    },
  },

  "views.open": {
    required: ["trigger_id", "view"],
    run({ trigger_id = "", view: text = "" }, workspace) {
      const trigger = workspace.triggers.get(trigger_id);
      if (trigger === undefined) throw new Refusal("invalid_trigger_id");
      if (trigger.state !== "fresh")
        throw new Refusal(`${trigger.state === "used" ? "exchanged" : "expired"}_trigger_id`);
      const view = parsed(text, "invalid_arguments");
      const faults = faultsOfView(view);
      if (faults.length > 0) throw new Refusal("invalid_arguments", faults);
      trigger.state = "used";
      const opened = { ...(view as SlackView), id: workspace.newViewId(), user: trigger.user };
      workspace.views.add(opened);
      return { view: opened };
    },
  },
};

export const permalinkOf = ({ channel, ts }: Pick<SlackMessage, "channel" | "ts">): string =>
  `https://example.slack.com/archives/${channel}/p${ts.replace(".", "")}`;

/** The visible content: text and blocks both, so that nobody receives an empty notification. */
function contentOf(args: Arguments): Pick<SlackMessage, "text" | "blocks"> & Partial<Pick<SlackMessage, "metadata">> {
  const { text = "" } = args;
  if (text.trim() === "") throw new Refusal("no_text");
  if (text.length > LONGEST_TEXT) throw new Refusal("msg_too_long");
  const blocks = args.blocks === undefined ? [] : parsed(args.blocks, "invalid_blocks_format");
  const faults = args.blocks === undefined ? [] : faultsOfMessage(blocks);
  if (faults.length > 0)
    throw new Refusal(
      "invalid_blocks",
      faults.map((fault) => `[ERROR] ${fault}`),
    );
  // An update without metadata leaves them as they are.
  const metadata = args.metadata === undefined ? {} : { metadata: metadataOf(args.metadata) };
  return { text, blocks: blocks as SlackBlock[], ...metadata };
}

function metadataOf(text: string): SlackMessage["metadata"] {
  if (text.length > LARGEST_METADATA) throw new Refusal("metadata_too_large");
  const metadata = parsed(text, "invalid_metadata_format") as Partial<NonNullable<SlackMessage["metadata"]>> | null;
  const { event_type: type, event_payload: payload, ...rest } = metadata ?? {};
  const values = typeof payload === "object" && payload !== null ? Object.values(payload) : [undefined];
  const plain = values.every((value) => ["string", "number", "boolean"].includes(typeof value));
  if (typeof type !== "string" || !/^[a-z][a-z0-9_]*$/.test(type) || !plain || Object.keys(rest).length > 0) {
    throw new Refusal("invalid_metadata_schema");
  }
  return metadata as SlackMessage["metadata"];
}

function parsed(text: string, refusal: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(refusal, ["it is no JSON"]);
  }
}

const userObject = ({ id, email, team, more }: SlackUser) => ({
  id,
  team_id: team,
  name: id.toLowerCase(),
  deleted: false,
  is_bot: false,
  is_email_confirmed: true,
  profile: { ...(email !== null && { email }) },
  ...more,
});
