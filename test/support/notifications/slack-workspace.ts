/** A Slack workspace: people, channels, messages in their current form, open dialogs. */

import { randomBytes } from "node:crypto";
import { Recording } from "./slack-recording.ts";

export interface SlackUser {
  id: string;
  email: string | null;
  /** Where the user belongs; default: the app's own workspace. */
  team: string;
  /** Fields of the user object besides, as `is_email_confirmed`. */
  more: Record<string, unknown>;
}

export interface SlackConversation {
  /** `C…` for a channel, `D…` for the conversation with a user. */
  id: string;
  name: string | null;
  /** Of a conversation with a user. */
  user: string | null;
  /** Whether the app is in it. */
  member: boolean;
  archived: boolean;
}

export interface SlackMessage {
  channel: string;
  ts: string;
  threadTs: string | null;
  text: string;
  blocks: SlackBlock[];
  metadata: { event_type: string; event_payload: Record<string, unknown> } | null;
  clientMsgId: string | null;
  /** The number of changes. */
  updates: number;
}

export interface SlackBlock {
  type: string;
  block_id?: string;
  elements?: { type: string; action_id?: string; value?: string; url?: string }[];
  element?: { action_id: string };
  optional?: boolean;
}

/** A dialog that a user has opened. */
export interface SlackView {
  id: string;
  user: string;
  callback_id: string;
  private_metadata: string;
  title: { text: string };
  blocks: SlackBlock[];
}

const idWith = (letter: string): string => letter + randomBytes(5).toString("hex").toUpperCase();

export class SlackWorkspace {
  readonly team = idWith("T");
  /** Of the Enterprise organisation that the workspace is part of, if it is. */
  enterprise: string | null = null;
  readonly users = new Map<string, SlackUser>();
  readonly conversations = new Map<string, SlackConversation>();
  readonly messages: SlackMessage[] = [];
  /** By the id that the app gave them, whether they still exist or not. */
  readonly posted = new Map<string, SlackMessage>();
  /** Dialogs that are open. */
  readonly views = new Recording<SlackView>();
  /** The users who may open a dialog, by trigger. */
  readonly triggers = new Map<string, { user: string; state: "fresh" | "used" | "expired" }>();
  #seconds = 1_750_000_000;

  /** @param more fields of the user object, as `{ is_email_confirmed: false }` */
  addUser(email: string | null, more: Record<string, unknown> = {}, team = this.team): SlackUser {
    const user = { id: idWith("U"), email, team, more };
    this.users.set(user.id, user);
    return user;
  }

  addChannel(name: string, more: Partial<SlackConversation> = {}): SlackConversation {
    const channel = { id: idWith("C"), name, user: null, member: true, archived: false, ...more };
    this.conversations.set(channel.id, channel);
    return channel;
  }

  /** By id, by name, or the conversation with the user of this id, which starts with the first message. */
  conversation(named: string): SlackConversation | undefined {
    if (this.users.has(named)) return this.conversationWith(named);
    return (
      this.conversations.get(named) ??
      this.conversations.values().find(({ name }) => name !== null && name === named.replace(/^#/, ""))
    );
  }

  conversationWith(user: string): SlackConversation {
    const existing = this.conversations.values().find((conversation) => conversation.user === user);
    if (existing !== undefined) return existing;
    const made = { id: idWith("D"), name: null, user, member: true, archived: false };
    this.conversations.set(made.id, made);
    return made;
  }

  message(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts);
  }

  /** Messages in a channel, or in the conversation with a user. */
  messagesIn({ id }: { id: string }): SlackMessage[] {
    const { id: channel } = this.conversation(id) ?? { id };
    return this.messages.filter((message) => message.channel === channel);
  }

  remove(message: SlackMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1);
  }

  newTrigger(user: string): string {
    const id = `${randomBytes(6).readUIntBE(0, 6)}.${this.team}.${randomBytes(8).toString("hex")}`;
    this.triggers.set(id, { user, state: "fresh" });
    return id;
  }

  newTs(): string {
    return `${++this.#seconds}.${String(this.#seconds % 1_000_000).padStart(6, "0")}`;
  }

  newViewId = (): string => idWith("V");
}
