/** The channels that the viewer has switched off. */

import { muteChannels, mutedChannels } from "../db/queries/preferences.ts";
import type { NotificationChannel } from "../model/approvals.ts";
import { type Issue, ValidationError } from "../model/errors.ts";
import type { Context } from "./context.ts";

/** There are fewer channels; a channel may be repeated. */
const MOST_CHANNELS = 100;

export interface Preferences {
  mutedChannels: NotificationChannel[];
}

export const preferences = async ({ services, caller }: Context): Promise<Preferences> => ({
  mutedChannels: await mutedChannels(services.pool, caller.viewer.userId),
});

/** @throws ValidationError for a channel that is not personal */
export async function setPreferences(
  input: { mutedChannels: readonly NotificationChannel[] },
  { services, caller }: Context,
): Promise<{ preferences: Preferences }> {
  const { length } = input.mutedChannels;
  if (length > MOST_CHANNELS) {
    const message = `has ${length} entries; it may have ${MOST_CHANNELS}`;
    throw new ValidationError([{ path: "mutedChannels", message }]);
  }
  const issues = input.mutedChannels.flatMap((channel, index): Issue[] =>
    channel === "WEBHOOK"
      ? [{ path: `mutedChannels.${index}`, message: "WEBHOOK notifies programs, so it cannot be muted" }]
      : [],
  );
  if (issues.length > 0) throw new ValidationError(issues);
  const chosen = [...new Set(input.mutedChannels)];
  await muteChannels(services.pool, caller.viewer.userId, chosen);
  return { preferences: { mutedChannels: chosen } };
}
