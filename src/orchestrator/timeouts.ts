/** Time-outs of jobs and of runs: their messages, and timers of any length. */

import { LONGEST_TIMER_MS } from "../model/durations.ts";

/** ms before a time-out is checked again: the database's clock may be a little behind that of this process. */
const AGAIN_MS = 20;

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** The error of a job that timed out. */
export const jobTimedOut = (timeoutMs: number): string => `The job timed out after ${exactly(timeoutMs)}.`;

/** The reason of a run that timed out. */
export const runTimedOut = (timeoutMs: number): string => `The run timed out after ${exactly(timeoutMs)}.`;

/** A duration as text without rounding: "1 day 12 hours", "1500 ms". */
export function exactly(ms: number): string {
  if (ms % 1_000 !== 0) return `${ms} ms`;
  let rest = ms;
  const parts = UNITS.map(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? null : `${count} ${name}${count === 1 ? "" : "s"}`;
  });
  return parts.filter((part) => part !== null).join(" ");
}

/**
 * Calls once after this many ms, which may be years, or never. The timer does not keep the process alive.
 * @returns a function that stops the timer
 */
export function after(ms: number, call: () => void): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => {};
  let timer: NodeJS.Timeout;
  const sleep = (left: number) => {
    timer = setTimeout(
      () => (left > LONGEST_TIMER_MS ? sleep(left - LONGEST_TIMER_MS) : call()),
      Math.min(left, LONGEST_TIMER_MS),
    );
    timer.unref();
  };
  sleep(Math.max(0, ms));
  return () => clearTimeout(timer);
}

/**
 * Does something after this many ms by the database's clock.
 * @param work returns how many ms are left; null once it is done, or there is nothing to do
 * @returns a function that stops the timer
 */
export function onTime(msLeft: number, work: () => Promise<number | null>): () => void {
  let ended = false;
  let end = () => {};
  const wait = (ms: number) => {
    end = after(ms, () => {
      work().then(
        (left) => left !== null && !ended && wait(left + AGAIN_MS),
        () => {}, // The execution was stopped; the next one has its own timer.
      );
    });
  };
  wait(msLeft);
  return () => {
    ended = true;
    end();
  };
}
