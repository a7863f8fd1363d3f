/** Instants on the page: readable at a glance, exact where somebody points at them. */

import { Text } from "@mantine/core";
import { useNow } from "./now.tsx";
import { ago, countdown, dateTime, fullDateTime, urgencyOf } from "./time.ts";

/** "3 minutes ago". */
export function Ago({ at }: { at: string }) {
  const words = useNow((now) => ago(at, now));
  return (
    <time dateTime={at} title={fullDateTime(at)}>
      {words}
    </time>
  );
}

/** "Fri, Nov 27, 5:00 PM" in the viewer's zone. */
export function At({ at }: { at: string }) {
  const words = useNow((now) => dateTime(at, now));
  return (
    <time dateTime={at} title={fullDateTime(at)}>
      {words}
    </time>
  );
}

const COLORS = { over: "dimmed", urgent: "var(--urgent)", soon: "var(--soon)", later: "dimmed" } as const;

/** What is left until an instant, as it passes. */
export function Countdown({ to, size = "sm" }: { to: string; size?: string }) {
  const urgency = useNow((now) => urgencyOf(to, now));
  const words = useNow((now) => countdown(new Date(to).getTime() - now.getTime()));
  return (
    <Text span size={size} c={COLORS[urgency]} fw={urgency === "urgent" ? 700 : 500} className="numbers" role="timer">
      <time dateTime={to} title={fullDateTime(to)}>
        {urgency === "over" ? "time is over" : `${words} left`}
      </time>
    </Text>
  );
}
