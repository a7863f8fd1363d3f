/** Short notices at the edge of the page about what just happened. Screen readers announce them. */

import { CloseButton, Paper, Text } from "@mantine/core";
import classes from "./notices.module.css";
import { createStore, useStore } from "./store.ts";

export interface Notice {
  text: string;
  tone?: "good" | "bad" | "plain";
}

const notices = createStore<readonly (Notice & { id: number })[]>([]);
const STAYS_MS = 8_000;
const MAX_NOTICES = 4;
let last = 0;

/** Shows a notice. It disappears after 8 seconds; a failure stays until it is closed. */
export function notify(notice: Notice): void {
  const id = ++last;
  notices.set([...notices.get(), { ...notice, id }].slice(-MAX_NOTICES));
  if (notice.tone !== "bad") setTimeout(() => dismiss(id), STAYS_MS);
}

const dismiss = (id: number) => notices.set(notices.get().filter((notice) => notice.id !== id));

/** The area in which notices appear. Rendered once, in the shell. */
export function Notices() {
  const shown = useStore(notices);
  return (
    <div className={classes.area} role="status" aria-live="polite" aria-label="Notices">
      {shown.map(({ id, text, tone = "plain" }) => (
        <Paper key={id} className={classes.notice} data-tone={tone} shadow="md" withBorder>
          <Text size="sm">{text}</Text>
          <CloseButton size="sm" aria-label="Close" onClick={() => dismiss(id)} />
        </Paper>
      ))}
    </div>
  );
}
