/** The page of the viewer's preferences: channels, browser notifications and colours. Changes are saved immediately. */

import { Paper, Radio, Stack, Text, Title, useMantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { Page } from "../shared/page.tsx";
import { BrowserSection } from "./browser-section.tsx";
import { ChannelsSection } from "./channels-section.tsx";
import classes from "./notifications.module.css";

export default function PreferencesPage() {
  return (
    <Page title="Preferences" lead="Changes are saved immediately.">
      <Stack gap="md" className={classes.section}>
        <Section title="Channels" lead="Applies to new notifications, on all your devices.">
          <ChannelsSection />
        </Section>
        <Section title="Browser notifications" lead="For this browser only, while its tabs are in the background.">
          <BrowserSection />
        </Section>
        <Section title="Colours" lead="For this browser only.">
          <Colours />
        </Section>
      </Stack>
    </Page>
  );
}

function Section({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <Paper component="section" withBorder p="md" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" size="sm" mb="sm">
        {lead}
      </Text>
      {children}
    </Paper>
  );
}

function Colours() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Radio.Group
      aria-label="Colours"
      value={colorScheme}
      onChange={(value) => setColorScheme(value as typeof colorScheme)}
    >
      <Stack gap="xs">
        <Radio value="auto" label="System" />
        <Radio value="light" label="Light" />
        <Radio value="dark" label="Dark" />
      </Stack>
    </Radio.Group>
  );
}
