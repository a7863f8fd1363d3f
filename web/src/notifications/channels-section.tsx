/** The settings for channels: a switch for each. */

import { Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useMutation, useQuery } from "urql";
import type { NotificationChannel } from "../generated/graphql.ts";
import { notify } from "../shared/notices.tsx";
import { Failed, Loading, reasonOf } from "../shared/states.tsx";
import { CHANNEL_WORDS } from "../shared/words.ts";
import { mutedAfter, mutedSentence, PERSONAL_CHANNELS } from "./message-words.ts";
import { Preferences, SetPreferences } from "./notifications.graphql.ts";

const DESCRIPTIONS = {
  IN_APP: "The bell and the list of notifications in this app.",
  SLACK: "Slack messages, if Countersign is connected to Slack.",
} as const;

export function ChannelsSection() {
  const [{ data, error, fetching }, again] = useQuery({ query: Preferences });
  const [, set] = useMutation(SetPreferences);
  const [sent, setSent] = useState<readonly NotificationChannel[] | null>(null);
  if (data === undefined) {
    return fetching ? (
      <Loading what="your preferences" />
    ) : (
      <Failed what="Your preferences" error={error} retry={again} />
    );
  }
  // Shows the change immediately, before the server answers.
  const muted = sent ?? data.viewer.notificationPreferences.mutedChannels;
  const { email } = data.viewer;

  async function change(channel: (typeof PERSONAL_CHANNELS)[number], open: boolean): Promise<void> {
    const mutedChannels = mutedAfter(muted, channel, open);
    setSent(mutedChannels);
    const result = await set({ mutedChannels });
    const answer = result.data?.setNotificationPreferences;
    const name = CHANNEL_WORDS[channel];
    if (answer?.__typename === "SetNotificationPreferencesPayload") {
      return notify({ text: `${name} is ${open ? "on" : "off"}.`, tone: "good" });
    }
    setSent(null);
    notify({ text: `${name} was not changed. ${answer?.message ?? reasonOf(result.error)}`, tone: "bad" });
  }

  return (
    <Stack gap="sm">
      {PERSONAL_CHANNELS.map((channel) => (
        <Switch
          key={channel}
          checked={!muted.includes(channel)}
          onChange={(event) => void change(channel, event.currentTarget.checked)}
          label={CHANNEL_WORDS[channel]}
          description={channel === "EMAIL" ? emailWords(email ?? null) : DESCRIPTIONS[channel]}
        />
      ))}
      <Text size="sm" role="status">
        {mutedSentence(muted)}
      </Text>
    </Stack>
  );
}

const emailWords = (email: string | null): string =>
  email === null ? "Your session has no email address. An earlier address is used, if any." : `To ${email}.`;
