/** How a run stands, in a word. */

import { Badge } from "@mantine/core";
import type { RunGraphFragment } from "../generated/graphql.ts";
import classes from "./run.module.css";
import { runWords } from "./run-words.ts";

const COLORS = { RUNNING: "indigo", SUCCEEDED: "green", FAILED: "red", CANCELLED: "gray" } as const;

export function RunBadge({ run }: { run: RunGraphFragment }) {
  const words = runWords(run);
  return (
    <Badge color={words === "Waiting" ? "orange" : COLORS[run.status]} variant="light" className={classes.badge}>
      {words}
    </Badge>
  );
}
