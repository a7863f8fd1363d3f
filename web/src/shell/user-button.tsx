/** The button that shows the signed-in user and opens the user menu. */

import { ActionIcon } from "@mantine/core";
import { useViewer } from "../api/viewer.tsx";
import { Icon } from "../shared/icons.tsx";
import { onDemand } from "../shared/on-demand.tsx";

const WithMenu = onDemand(async () => (await import("./user-menu.tsx")).UserMenu);

export function UserButton() {
  const label = `Signed in as ${useViewer().userId}`;
  return (
    <WithMenu>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} title={label}>
        <Icon name="user" />
      </ActionIcon>
    </WithMenu>
  );
}
