/** Components that show times: short in the text, exact in the title. */

import { useNow } from "./now.tsx";
import { ago, countdown, dateTime, fullDateTime, urgencyOf } from "./time.ts";
import classes from "./times.module.css";

/** "3 minutes ago". */
export function Ago({ at }: { at: string }) {
  const words = useNow((now) => ago(at, now));
  return (
    <time dateTime={at} title={fullDateTime(at)}>
      {words}
    </time>
  );
}

/** "Fri, Nov 27, 5:00 PM" in the viewer's time zone. */
export function At({ at }: { at: string }) {
  const words = useNow((now) => dateTime(at, now));
  return (
    <time dateTime={at} title={fullDateTime(at)}>
      {words}
    </time>
  );
}

/** The remaining time until an instant. Plain elements, because lists render many of them. */
export function Countdown({ to, size = "sm" }: { to: string; size?: "sm" | "md" | "lg" }) {
  const urgency = useNow((now) => urgencyOf(to, now));
  const words = useNow((now) => countdown(new Date(to).getTime() - now.getTime()));
  return (
    <time className={classes.countdown} data-urgency={urgency} data-size={size} dateTime={to} title={fullDateTime(to)}>
      {urgency === "over" ? "expired" : `${words} left`}
    </time>
  );
}
