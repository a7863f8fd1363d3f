/** Shows new notifications as browser notifications while no tab is visible. Used once, in the bell. */

import { useCallback, useEffect } from "react";
import { useNavigate } from "react-router";
import { type Message, useMessages } from "../api/live.tsx";
import { announceVisibility, show } from "./browser-notifications.ts";
import { addressOf } from "./message-words.ts";
import { useMarkRead } from "./use-mark-read.ts";

export function useBrowserNotifications(): void {
  const navigate = useNavigate();
  const { markRead } = useMarkRead();
  useEffect(announceVisibility, []);
  const showMessage = useCallback(
    (message: Message) =>
      void show(message, () => {
        void markRead(message.id);
        navigate(addressOf(message) ?? "/notifications");
      }),
    [navigate, markRead],
  );
  useMessages(showMessage);
}
