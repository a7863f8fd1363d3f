/** The setting for browser notifications. */

import { Button, Group, Text } from "@mantine/core";
import { useStore } from "../shared/store.ts";
import { type BrowserNotifications, browserNotifications, switchOff, switchOn } from "./browser-notifications.ts";

const WORDS: Readonly<Record<BrowserNotifications, string>> = {
  unsupported: "This browser does not support notifications for this page. They need a secure connection (https).",
  denied: "Notifications from this page are blocked. You can change that in the browser's settings for this site.",
  off: "Off. Your browser will ask you once for permission.",
  on: "On. Each notification is shown once, however many tabs are open.",
};

export function BrowserSection() {
  const state = useStore(browserNotifications);
  return (
    <Group gap="sm" justify="space-between">
      <Text size="sm" role="status" flex="1 1 16rem">
        {WORDS[state]}
      </Text>
      {state === "off" && <Button onClick={() => void switchOn()}>Allow browser notifications</Button>}
      {state === "on" && (
        <Button variant="default" onClick={switchOff}>
          Turn off
        </Button>
      )}
    </Group>
  );
}
