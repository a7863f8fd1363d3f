/** Notification preferences. */

import { ValidationError } from "../model/errors.ts";
import { type Preferences, setPreferences } from "../resolvers/preferences.ts";
import { builder } from "./builder.ts";
import { NotificationChannel } from "./enums.ts";
import { PreferencesRef } from "./refs.ts";

PreferencesRef.implement({
  description:
    "The notification preferences of a person. Escalations and the urgent reminder are sent on at least " +
    "one channel, even if all are muted.",
  fields: (t) => ({
    mutedChannels: t.expose("mutedChannels", {
      type: [NotificationChannel],
      description: "Channels on which the person receives nothing else.",
    }),
  }),
});

const SetNotificationPreferencesInput = builder.inputType("SetNotificationPreferencesInput", {
  description: "The notification preferences of the viewer.",
  fields: (t) => ({
    mutedChannels: t.field({
      type: [NotificationChannel],
      required: true,
      description:
        "Channels to mute: SLACK, EMAIL, IN_APP. All other channels are unmuted. Escalations and the urgent " +
        "reminder are still sent on at least one channel.",
    }),
  }),
});

const SetNotificationPreferencesPayload = builder
  .objectRef<{ preferences: Preferences }>("SetNotificationPreferencesPayload")
  .implement({
    description: "The new preferences.",
    fields: (t) => ({
      preferences: t.expose("preferences", { type: PreferencesRef, description: "The preferences." }),
    }),
  });

builder.mutationField("setNotificationPreferences", (t) =>
  t.field({
    type: SetNotificationPreferencesPayload,
    description: "Sets the channels on which the viewer is notified. Existing notifications do not change.",
    args: {
      input: t.arg({ type: SetNotificationPreferencesInput, required: true, description: "The preferences." }),
    },
    errors: {
      types: [ValidationError],
      union: { name: "SetNotificationPreferencesResult", description: "The preferences, or the error." },
    },
    resolve: (_root, { input }, context) => setPreferences(input, context),
  }),
);
