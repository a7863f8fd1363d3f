/** Timers for instants further away than setTimeout can count. */

const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Calls back once at an instant, at once when it has passed; does not keep the process alive.
 * @param at ms since 1970
 * @returns takes the wish back
 */
export function callAt(at: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const sleep = () => {
    const delay = at - Date.now();
    timer = setTimeout(delay > LONGEST_DELAY_MS ? sleep : callback, Math.max(0, Math.min(delay, LONGEST_DELAY_MS)));
    timer.unref();
  };
  sleep();
  return () => clearTimeout(timer);
}
