/** Where people want to be told. */

import { ValidationError } from "../errors.ts";
import { type Preferences, setPreferences } from "../resolvers/preferences.ts";
import { builder } from "./builder.ts";
import { NotificationChannel } from "./enums.ts";
import { PreferencesRef } from "./refs.ts";

PreferencesRef.implement({
  description:
    "Where a person wants to be told. Escalations and the reminder of the last quarter of an hour go out on at least " +
    "one channel, whatever is muted.",
  fields: (t) => ({
    mutedChannels: t.expose("mutedChannels", {
      type: [NotificationChannel],
      description: "Where nothing is sent to the person otherwise.",
    }),
  }),
});

const SetNotificationPreferencesInput = builder.inputType("SetNotificationPreferencesInput", {
  description: "Where the viewer wants to be told.",
  fields: (t) => ({
    mutedChannels: t.field({
      type: [NotificationChannel],
      required: true,
      description:
        "Where nothing is to be sent to the viewer: SLACK, EMAIL, IN_APP. All others are open again. Escalations and " +
        "the reminder of the last quarter of an hour still go out on at least one.",
    }),
  }),
});

const SetNotificationPreferencesPayload = builder
  .objectRef<{ preferences: Preferences }>("SetNotificationPreferencesPayload")
  .implement({
    description: "The preferences from now on.",
    fields: (t) => ({
      preferences: t.expose("preferences", { type: PreferencesRef, description: "The preferences." }),
    }),
  });

builder.mutationField("setNotificationPreferences", (t) =>
  t.field({
    type: SetNotificationPreferencesPayload,
    description: "Sets where the viewer is told from now on; what was caused before stays as it is.",
    args: {
      input: t.arg({ type: SetNotificationPreferencesInput, required: true, description: "The preferences." }),
    },
    errors: {
      types: [ValidationError],
      union: { name: "SetNotificationPreferencesResult", description: "The preferences, or why they are not set." },
    },
    resolve: (_root, { input }, context) => setPreferences(input, context),
  }),
);
