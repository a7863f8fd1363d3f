/** The user menu: the signed-in user, their rights, and sign-out. */

import { Menu, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { signOut } from "../api/session.ts";
import { useSession } from "../api/viewer.tsx";
import { Icon } from "../shared/icons.tsx";
import { notify } from "../shared/notices.tsx";
import { openKeyboardHelp } from "./keyboard-help.tsx";

interface Props {
  isOpen: boolean;
  onChange(isOpen: boolean): void;
  /** The button. */
  children: ReactElement;
}

export function UserMenu({ isOpen, onChange, children }: Props) {
  const { session, viewer } = useSession();
  const rights = [...viewer.roles, ...viewer.scopes];
  const leave = () =>
    signOut(session).catch(() => notify({ text: "Sign-out failed. Try again in a moment.", tone: "bad" }));
  return (
    <Menu opened={isOpen} onChange={onChange} position="bottom-end" width={260} shadow="md">
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="xs">Signed in as</Text>
          <Text size="sm" fw={600} c="var(--mantine-color-text)">
            {viewer.userId}
          </Text>
          {rights.length > 0 && <Text size="xs">{rights.join(", ")}</Text>}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item component={Link} to="/preferences" leftSection={<Icon name="settings" size={16} />}>
          Preferences
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="help" size={16} />} onClick={openKeyboardHelp}>
          Keyboard
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="signOut" size={16} />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
