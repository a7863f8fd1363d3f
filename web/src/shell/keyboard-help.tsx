/** `?`: the keys that do something here, as they are registered at this moment. */

import { Group, Kbd, Modal, Stack, Text, Title } from "@mantine/core";
import { useNavigate } from "react-router";
import { type Shortcut, shortcuts, useCover, useShortcuts } from "../shared/keyboard.ts";
import { createStore, useStore } from "../shared/store.ts";

const isOpen = createStore(false);
export const openKeyboardHelp = () => isOpen.set(true);

const KEY_WORDS: Readonly<Record<string, string>> = { Enter: "enter", Escape: "esc", " ": "space" };

export function KeyboardHelp() {
  const navigate = useNavigate();
  const open = useStore(isOpen);
  const known = useStore(shortcuts);
  useCover(open);
  useShortcuts([
    { key: "?", does: "Show these keys", group: "Everywhere", run: openKeyboardHelp },
    { key: "i", does: "Go to the inbox", group: "Everywhere", run: () => navigate("/") },
  ]);
  const groups = Map.groupBy(new Map(known.map((one) => [one.key, one])).values(), ({ group }) => group);
  return (
    <Modal opened={open} onClose={() => isOpen.set(false)} title="Keyboard" size="sm">
      <Stack gap="md">
        {[...groups].map(([group, keys]) => (
          <Keys key={group} group={group} keys={keys} />
        ))}
      </Stack>
    </Modal>
  );
}

const Keys = ({ group, keys }: { group: string; keys: readonly Shortcut[] }) => (
  <div>
    <Title order={3} size="h6" mb={4}>
      {group}
    </Title>
    {keys.map(({ key, does }) => (
      <Group key={key} justify="space-between" wrap="nowrap" py={3}>
        <Text size="sm">{does}</Text>
        <Kbd>{KEY_WORDS[key] ?? key}</Kbd>
      </Group>
    ))}
  </div>
);
