/** The bell in the header, with the number of unread notifications and a menu of the newest ones. */

import { ActionIcon, Indicator } from "@mantine/core";
import { useCounts } from "../api/live.tsx";
import { Icon } from "../shared/icons.tsx";
import { onDemand } from "../shared/on-demand.tsx";
import { bellLabel, bellNumber } from "./message-words.ts";
import classes from "./notifications.module.css";
import { useBrowserNotifications } from "./use-browser-notifications.ts";

const WithMenu = onDemand(async () => (await import("./bell-menu.tsx")).BellMenu);

export function Bell() {
  useBrowserNotifications();
  const { unread } = useCounts();
  const number = bellNumber(unread);
  const label = bellLabel(unread);
  return (
    <WithMenu>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} title={label} className={classes.bell}>
        <Indicator label={number} size={18} disabled={number === null} offset={2} color="red.8">
          <Icon name="bell" />
        </Indicator>
      </ActionIcon>
    </WithMenu>
  );
}
