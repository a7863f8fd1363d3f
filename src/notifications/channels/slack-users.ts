/** Looks up the Slack ids of people by their email addresses. */

import type { WebClient } from "@slack/web-api";
import { unknownPerson } from "../../model/notifications.ts";
import { type Delivery, DeliveryError } from "../channel.ts";
import { addressOf } from "./email-address.ts";

/** Addresses rarely change hands, and Slack answers about 50 of these calls a minute. */
const CACHE_MS = 10 * 60_000;
const MOST_CACHED = 10_000;

export interface SlackUsers {
  /**
   * @returns the id, and whether it was cached
   * @throws DeliveryError if no user can be reached at the address, or Slack's own error
   */
  idOf(api: WebClient, email: string): Promise<{ id: string; isRemembered: boolean }>;
  /** Removes an address from the cache. */
  forget(email: string): void;
}

export function createSlackUsers(): SlackUsers {
  const cached = new Map<string, { id: string; until: number }>();
  return {
    async idOf(api, email) {
      const known = cached.get(email);
      if (known !== undefined && known.until > performance.now()) return { id: known.id, isRemembered: true };
      const { user } = await api.users.lookupByEmail({ email });
      if (user?.id === undefined || user.deleted === true || user.is_bot === true) {
        throw new DeliveryError(`Slack has no user with the address ${email}.`, { permanent: true });
      }
      cached.delete(email);
      cached.set(email, { id: user.id, until: performance.now() + CACHE_MS });
      if (cached.size > MOST_CACHED) cached.delete(cached.keys().next().value as string);
      return { id: user.id, isRemembered: false };
    },
    forget: (email) => void cached.delete(email),
  };
}

/** The address by which Slack knows the recipient. @throws DeliveryError */
export const emailOf = ({ notification, person }: Pick<Delivery, "notification" | "person">): string =>
  addressOf(person ?? unknownPerson(notification.recipient)).toLowerCase();
