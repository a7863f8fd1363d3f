/** Slack's ids of people, by their e-mail addresses. */

import type { WebClient } from "@slack/web-api";
import { unknownPerson } from "../../model/notifications.ts";
import { type Delivery, DeliveryError } from "../channel.ts";
import { addressOf } from "./email-address.ts";

/** Addresses change hands seldom, and Slack answers some 50 of these questions a minute. */
const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 10_000;

export interface SlackUsers {
  /**
   * @returns the id, and whether it was known from an earlier answer
   * @throws DeliveryError where nobody can be written to there, and what Slack refuses
   */
  idOf(api: WebClient, email: string): Promise<{ id: string; isRemembered: boolean }>;
  /** Asks again the next time. */
  forget(email: string): void;
}

export function createSlackUsers(): SlackUsers {
  const kept = new Map<string, { id: string; until: number }>();
  return {
    async idOf(api, email) {
      const known = kept.get(email);
      if (known !== undefined && known.until > performance.now()) return { id: known.id, isRemembered: true };
      const { user } = await api.users.lookupByEmail({ email });
      if (user?.id === undefined || user.deleted === true || user.is_bot === true) {
        throw new DeliveryError(`Slack has no user with the address ${email}.`, { permanent: true });
      }
      kept.delete(email);
      kept.set(email, { id: user.id, until: performance.now() + KEPT_MS });
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value as string);
      return { id: user.id, isRemembered: false };
    },
    forget: (email) => void kept.delete(email),
  };
}

/** The address by which Slack knows the recipient. @throws DeliveryError */
export const emailOf = ({ notification, person }: Pick<Delivery, "notification" | "person">): string =>
  addressOf(person ?? unknownPerson(notification.recipient)).toLowerCase();
