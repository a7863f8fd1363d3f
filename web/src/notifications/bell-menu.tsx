/** The menu of the bell: the newest notifications. */

import { Loader, Menu, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { Icon } from "../shared/icons.tsx";
import { reasonOf } from "../shared/states.tsx";
import { viewerZone } from "../shared/time.ts";
import { MessageItem } from "./message-item.tsx";
import { addressOf, type MessageRow } from "./message-words.ts";
import { NewestMessages } from "./notifications.graphql.ts";
import classes from "./notifications.module.css";
import { useMarkRead } from "./use-mark-read.ts";

interface Props {
  isOpen: boolean;
  onChange(isOpen: boolean): void;
  /** The bell. */
  children: ReactElement;
}

export function BellMenu({ isOpen, onChange, children }: Props) {
  return (
    <Menu opened={isOpen} onChange={onChange} position="bottom-end" width={360} shadow="md">
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown className={classes.dropdown} aria-label="Newest notifications">
        {isOpen && <Newest />}
      </Menu.Dropdown>
    </Menu>
  );
}

function Newest() {
  const variables = { timeZone: viewerZone() };
  const [{ data, error }] = useQuery({ query: NewestMessages, variables, requestPolicy: "cache-and-network" });
  const { markRead, markAllRead } = useMarkRead();
  const messages = data?.notifications.edges.map(({ node }) => node) ?? [];
  const newest = messages[0];
  const hasUnread = (data?.notifications.unreadCount ?? 0) > 0;
  return (
    <>
      <Menu.Label>{menuLabel(messages.length, data !== undefined, error)}</Menu.Label>
      {messages.map((message) => (
        <NewestItem key={message.id} message={message} onOpen={() => void markRead(message.id)} />
      ))}
      <Menu.Divider />
      {newest !== undefined && hasUnread && (
        <Menu.Item
          closeMenuOnClick={false}
          leftSection={<Icon name="check" size={16} />}
          onClick={() => void markAllRead(newest.createdAt)}
        >
          Mark all as read
        </Menu.Item>
      )}
      <Menu.Item component={Link} to="/notifications" leftSection={<Icon name="bell" size={16} />}>
        All notifications
      </Menu.Item>
      <Menu.Item component={Link} to="/preferences" leftSection={<Icon name="settings" size={16} />}>
        Preferences
      </Menu.Item>
    </>
  );
}

function menuLabel(shown: number, isKnown: boolean, error: unknown) {
  if (error !== undefined && !isKnown) return <Text size="sm">{reasonOf(error)}</Text>;
  if (!isKnown) return <Loader size="sm" aria-label="Loading the newest notifications" />;
  return <Text size="sm">{shown === 0 ? "No notifications yet." : "Newest notifications"}</Text>;
}

function NewestItem({ message, onOpen }: { message: MessageRow; onOpen(): void }) {
  const address = addressOf(message);
  const item = <MessageItem message={message} lines={0} />;
  if (address === null) return <Menu.Item onClick={onOpen}>{item}</Menu.Item>;
  return (
    <Menu.Item component={Link} to={address} onClick={onOpen}>
      {item}
    </Menu.Item>
  );
}
