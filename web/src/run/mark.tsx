/** The icon for the state of a job. Each state has its own shape, so that colour is never the only difference. */

import classes from "./run.module.css";
import type { JobState } from "./run-words.ts";

const CIRCLE = "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z";
const MARKS: Readonly<Record<JobState, { shape: string; sign: string }>> = {
  PENDING: { shape: CIRCLE, sign: "" },
  RUNNING: { shape: CIRCLE, sign: "M10 8.5v7l5.5-3.5z" },
  WAITING: { shape: "M12 1.8 22.2 12 12 22.2 1.8 12z", sign: "M10 9v6m4-6v6" },
  HELD: { shape: CIRCLE, sign: "M12 7v5.2l3.2 2" },
  SUCCEEDED: { shape: CIRCLE, sign: "m8 12.3 2.8 2.8L16 9.5" },
  FAILED: { shape: "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z", sign: "m9 9 6 6m0-6-6 6" },
  SKIPPED: { shape: CIRCLE, sign: "m8 9 3 3-3 3m5-6 3 3-3 3" },
  CANCELLED: { shape: "M4 4h16v16H4z", sign: "m8 16 8-8" },
};

export function Mark({ state, size = 22 }: { state: JobState; size?: number }) {
  const { shape, sign } = MARKS[state];
  return (
    <svg className={classes.mark} data-state={state} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path className={classes.shape} d={shape} />
      <path className={classes.sign} d={sign} />
    </svg>
  );
}
