/** The log of a job, newest lines last. It follows new lines. */

import { Button, Text } from "@mantine/core";
import { Fragment, useLayoutEffect, useRef } from "react";
import type { LogLineFragment } from "../generated/graphql.ts";
import { reasonOf } from "../shared/states.tsx";
import { fullDateTime } from "../shared/time.ts";
import history from "./history.module.css";
import { fieldWords } from "./history-words.ts";
import { useJobLog } from "./use-job-log.ts";

/** How far from its end a log may be scrolled and still follow new lines, in pixels. */
const NEAR = 40;

export function JobLog({ runId, jobId, isOpen }: { runId: string; jobId: string; isOpen: boolean }) {
  const { lines, hasEarlier, error, showEarlier } = useJobLog(runId, jobId, isOpen);
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  const lastLine = lines?.at(-1)?.line;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows each new line
  useLayoutEffect(() => {
    if (box.current !== null && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lastLine]);
  if (lines === null || lines.length === 0) {
    const words = lines === null ? "Loading…" : "No log lines.";
    return (
      <Text size="sm" c="dimmed">
        {error == null ? words : reasonOf(error)}
      </Text>
    );
  }
  return (
    <>
      {hasEarlier && (
        <Button variant="default" size="compact-sm" mb={6} onClick={showEarlier}>
          Show earlier lines
        </Button>
      )}
      <section
        ref={box}
        className={history.log}
        aria-label={`Log of ${jobId}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the log scrolls, so it must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
        }}
      >
        <ol className={history.lines}>
          {lines.map((line, index) => (
            <Fragment key={line.line}>
              {index > 0 && lines[index - 1]?.attempt !== line.attempt && (
                <li className={history.next}>Attempt {line.attempt}</li>
              )}
              <Line line={line} />
            </Fragment>
          ))}
        </ol>
      </section>
      {error != null && (
        <Text size="sm" c="red">
          {reasonOf(error)}
        </Text>
      )}
    </>
  );
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});

function Line({ line }: { line: LogLineFragment }) {
  const { createdAt, level, message, fields } = line;
  return (
    <li className={history.entry} data-level={level}>
      <time dateTime={createdAt} title={fullDateTime(createdAt)} className={history.time}>
        {clock.format(new Date(createdAt))}
      </time>
      <span className={history.level}>{level}</span>
      <span className={history.message} dir="auto">
        {message}
        {fields != null && <span className={history.fields}> {fieldWords(fields)}</span>}
      </span>
    </li>
  );
}
