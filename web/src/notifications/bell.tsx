/** The bell in the header, with how many messages are unread. */

import { ActionIcon, Indicator } from "@mantine/core";
import { Link } from "react-router";
import { useCounts } from "../api/live.tsx";
import { Icon } from "../shared/icons.tsx";
import { count } from "../shared/words.ts";

export function Bell() {
  const { unread } = useCounts();
  const label = unread ? `Notifications, ${count(unread, "unread", "unread")}` : "Notifications";
  return (
    <Indicator label={unread && unread > 99 ? "99+" : unread} size={18} disabled={!unread} offset={6} color="red.8">
      <ActionIcon component={Link} to="/notifications" variant="subtle" color="gray" size="lg" aria-label={label}>
        <Icon name="bell" />
      </ActionIcon>
    </Indicator>
  );
}
