/** The badge with the status of a run. */

import { Badge } from "@mantine/core";
import classes from "./run.module.css";
import { type RunView, runWords } from "./run-words.ts";

const COLORS = { RUNNING: "indigo", SUCCEEDED: "green", FAILED: "red", CANCELLED: "gray" } as const;

export function RunBadge({ run }: { run: RunView }) {
  const words = runWords(run);
  return (
    <Badge color={words === "Waiting" ? "orange" : COLORS[run.status]} variant="light" className={classes.badge}>
      {words}
    </Badge>
  );
}
