/** One notification in the menu and on the page. */

import { Text } from "@mantine/core";
import { Icon } from "../shared/icons.tsx";
import { Ago } from "../shared/times.tsx";
import { headlineOf, KINDS, type MessageRow } from "./message-words.ts";
import classes from "./notifications.module.css";

/** @param lines the maximum number of lines of text; 0 shows only the headline */
export function MessageItem({ message, lines }: { message: MessageRow; lines: number }) {
  const { icon, label } = KINDS[message.kind];
  const isUnread = message.readAt == null;
  return (
    <span className={classes.message} data-unread={isUnread || undefined}>
      <span className={classes.kind} data-kind={message.kind} title={label}>
        <Icon name={icon} size={18} />
        <span className="unseen">{label}: </span>
      </span>
      <span className={classes.text}>
        <Text span size="sm" fw={isUnread ? 650 : 500} lineClamp={lines > 0 ? 4 : 2} dir="auto">
          {headlineOf(message)}
        </Text>
        {lines > 0 && message.body != null && message.body !== "" && (
          <Text span size="sm" c="dimmed" lineClamp={lines} className={classes.body} dir="auto">
            {message.body}
          </Text>
        )}
        <Text span size="xs" c="dimmed">
          <Ago at={message.createdAt} />
        </Text>
      </span>
      {isUnread && (
        <span className={classes.dot}>
          <span className="unseen">Unread</span>
        </span>
      )}
    </span>
  );
}
