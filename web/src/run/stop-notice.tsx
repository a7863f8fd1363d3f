/** The notice about a cancelled or timed-out run. */

import { Alert } from "@mantine/core";
import type { RunPageFragment } from "../generated/graphql.ts";
import { stopWords } from "./history-words.ts";

const COLORS = { warning: "orange", bad: "red", soft: "gray" } as const;

export function StopNotice({ run }: { run: RunPageFragment }) {
  const words = stopWords(run);
  if (words === null) return null;
  return (
    <Alert color={COLORS[words.tone]} title={words.title}>
      <span dir="auto">{words.text}</span>
    </Alert>
  );
}
