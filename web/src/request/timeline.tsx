/** The history of the request from its audit log, newest first. */

import { Button, Loader, Paper, Text, Title } from "@mantine/core";
import { useViewer } from "../api/viewer.tsx";
import { useMinute } from "../shared/now.tsx";
import { Ago } from "../shared/times.tsx";
import classes from "./request.module.css";
import { type LogEntry, timelineOf } from "./request-words.ts";

interface Props {
  log: readonly LogEntry[] | null;
  requestedBy: string;
  hasEarlier: boolean;
  onEarlier(): void;
}

export function Timeline({ log, requestedBy, hasEarlier, onEarlier }: Props) {
  const { userId } = useViewer();
  const now = useMinute();
  return (
    <Paper component="section" withBorder className={classes.card} aria-labelledby="timeline">
      <Title order={2} size="h5" id="timeline" mb="sm">
        History
      </Title>
      {log === null ? (
        <Loader size="sm" />
      ) : (
        <ol className={classes.timeline}>
          {timelineOf(log, userId, now, requestedBy).map(({ id, action, text, comment, at }) => (
            <li key={id} data-action={action}>
              <Text size="sm">
                {text}{" "}
                <span className={classes.soft}>
                  <Ago at={at} />
                </span>
              </Text>
              {comment !== null && comment !== "" && (
                <Text size="sm" className={`user-text ${classes.quote}`} dir="auto">
                  {comment}
                </Text>
              )}
            </li>
          ))}
        </ol>
      )}
      {hasEarlier && (
        <Button variant="default" size="compact-sm" onClick={onEarlier}>
          Show earlier events
        </Button>
      )}
    </Paper>
  );
}
