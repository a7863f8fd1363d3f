/** The changes of the content since the viewer opened the request. */

import { Button, Paper, Text, Title } from "@mantine/core";
import type { RefObject } from "react";
import type { ContentChange } from "./content-changes.ts";
import { Difference } from "./context/difference.tsx";
import { Value } from "./context/value.tsx";
import classes from "./request.module.css";

interface Props {
  heading: RefObject<HTMLHeadingElement | null>;
  changes: readonly ContentChange[];
  /** Whether the viewer may decide, and must review the changes first. */
  asksAgain: boolean;
  onRead(): void;
}

export function ChangedContent({ heading, changes, asksAgain, onRead }: Props) {
  return (
    <Paper component="section" withBorder className={`${classes.card} ${classes.changed}`} aria-labelledby="changed">
      <div role="alert">
        <Title order={2} size="h5" id="changed" ref={heading} tabIndex={-1}>
          The content has changed since you opened it
        </Title>
        <Text size="sm">
          {asksAgain ? "Your decision was not sent. Review the changes, then decide." : "These are the changes."}
        </Text>
      </div>
      {changes.map((change) => (
        <div key={change.label} className={classes.change}>
          <Text fw={600} size="sm">
            {change.label}
          </Text>
          <Change {...change} />
        </div>
      ))}
      <Button variant={asksAgain ? "filled" : "default"} onClick={onRead} mt="sm">
        {asksAgain ? "I have read the changes" : "Close"}
      </Button>
    </Paper>
  );
}

function Change({ label, before, after }: ContentChange) {
  if (before === undefined || after === undefined) {
    return (
      <>
        <Text size="sm" c="dimmed">
          {before === undefined ? "Added:" : "Removed:"}
        </Text>
        <Value value={before === undefined ? after : before} name={label} level={2} />
      </>
    );
  }
  return <Difference before={before} after={after} label={label} />;
}
