/** One message, as the menu and the page show it. */

import { Text } from "@mantine/core";
import { Icon } from "../shared/icons.tsx";
import { Ago } from "../shared/times.tsx";
import { headlineOf, KIND_LOOKS, type MessageRow } from "./message-words.ts";
import classes from "./notifications.module.css";

/** @param lines how much of the text is shown; 0: its headline alone */
export function MessageItem({ message, lines }: { message: MessageRow; lines: number }) {
  const { icon, says } = KIND_LOOKS[message.kind];
  const isUnread = message.readAt == null;
  return (
    <span className={classes.message} data-unread={isUnread || undefined}>
      <span className={classes.kind} data-kind={message.kind} title={says}>
        <Icon name={icon} size={18} />
        <span className="unseen">{says}: </span>
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
