/** Notifications grouped by the day on which they arrived. */

import { ActionIcon, Stack, Title } from "@mantine/core";
import { Link } from "react-router";
import { Icon } from "../shared/icons.tsx";
import { MessageItem } from "./message-item.tsx";
import { addressOf, byDay, headlineOf, type MessageRow } from "./message-words.ts";
import classes from "./notifications.module.css";
import { useMarkRead } from "./use-mark-read.ts";

export function MessageDays({ messages, now }: { messages: readonly MessageRow[]; now: Date }) {
  const { markRead } = useMarkRead();
  return (
    <Stack gap="md" mt="xs">
      {byDay(messages, now).map(({ day, messages: those }) => (
        <section key={day} aria-label={day}>
          <Title order={2} size="h5" mb={6}>
            {day}
          </Title>
          <ul className={classes.list}>
            {those.map((message) => (
              <Row key={message.id} message={message} onRead={() => void markRead(message.id)} />
            ))}
          </ul>
        </section>
      ))}
    </Stack>
  );
}

function Row({ message, onRead }: { message: MessageRow; onRead(): void }) {
  const address = addressOf(message);
  const isUnread = message.readAt == null;
  const item = <MessageItem message={message} lines={10} />;
  const label = `Mark as read: ${headlineOf(message)}`;
  return (
    <li data-unread={isUnread || undefined}>
      {address === null ? (
        <div className={classes.link}>{item}</div>
      ) : (
        <Link to={address} className={classes.link} onClick={isUnread ? onRead : undefined}>
          {item}
        </Link>
      )}
      {isUnread && (
        <ActionIcon
          className={classes.mark}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={label}
          title="Mark as read"
          onClick={onRead}
        >
          <Icon name="check" size={18} />
        </ActionIcon>
      )}
    </li>
  );
}
