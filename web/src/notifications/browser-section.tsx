/** Whether this browser shows messages while nobody looks at the page. */

import { Button, Group, Text } from "@mantine/core";
import { useStore } from "../shared/store.ts";
import { type BrowserNotifications, browserNotifications, switchOff, switchOn } from "./browser-notifications.ts";

const WORDS: Readonly<Record<BrowserNotifications, string>> = {
  unsupported:
    "This browser shows none for this page. It takes a secure connection (https) and a browser that has them.",
  denied: "This browser was told to show none for this page. You can change that in its settings for this site.",
  off: "They are off. Your browser asks you once whether it may show them.",
  on: "They are on. Each message is shown once, however many tabs are open.",
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
          Switch them off
        </Button>
      )}
    </Group>
  );
}
