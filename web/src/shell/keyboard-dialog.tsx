/** The dialog that lists the registered keyboard shortcuts. */

import { Group, Kbd, Modal, Stack, Text, Title } from "@mantine/core";
import { type Shortcut, shortcuts } from "../shared/keyboard.ts";
import { useStore } from "../shared/store.ts";

const KEY_WORDS: Readonly<Record<string, string>> = { Enter: "enter", Escape: "esc", " ": "space" };

export function KeyboardDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const known = useStore(shortcuts);
  const groups = Map.groupBy(new Map(known.map((shortcut) => [shortcut.key, shortcut])).values(), ({ group }) => group);
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={<b>Keyboard</b>}
      size="sm"
      closeButtonProps={{ "aria-label": "Close" }}
    >
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
    {keys.map(({ key, label }) => (
      <Group key={key} justify="space-between" wrap="nowrap" py={3}>
        <Text size="sm">{label}</Text>
        <Kbd>{KEY_WORDS[key] ?? key}</Kbd>
      </Group>
    ))}
  </div>
);
