/** The times of a schedule, with the engine's parser of cron expressions. Pure. */

import { TimeMatcher } from "@dbos-inc/dbos-sdk/internal/scheduler/crontab";

export const CRON_FORM =
  "a cron expression of five fields (minute, hour, day of month, month, day of week), or of six with the second first, such as 30 2 * * 1-5";

/** Most characters of an expression. */
const LONGEST = 200;
/** The engine would expand a range such as 0-999999999 before it checks its ends. */
const TOO_LARGE = /\d{3}/;
const A_SECOND = 1_000;

/** The fault of an expression; null if it is valid. */
export function faultOfCron(cron: string): string | null {
  if (cron.length > LONGEST) return `it has ${cron.length} characters, and at most ${LONGEST} are allowed`;
  if (TOO_LARGE.test(cron)) return "a number has more than two digits";
  try {
    // The zone does not matter: a day that no zone has is a fault of the expression.
    return new Ticks(cron, "UTC").after(new Date()) === null ? "there is no such day" : null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^(.*) is a invalid expression for (.*)$/, "$1 is not possible as the $2").replace(/!$/, "");
  }
}

/** The ticks of a schedule. */
export class Ticks {
  readonly #matcher: TimeMatcher;

  /** @throws Error for an invalid expression */
  constructor(cron: string, timezone: string) {
    this.#matcher = new TimeMatcher(cron, timezone);
  }

  has(at: Date): boolean {
    return at.getTime() % A_SECOND === 0 && this.#matcher.match(at);
  }

  /** The first tick after a time; null if there is none within a century. */
  after(time: Date): Date | null {
    const next = this.#matcher.nextWakeupTime(time);
    return this.#matcher.match(next) ? next : null;
  }

  /** Whether there is a tick between two times, both excluded. */
  isBetween(from: Date, until: Date): boolean {
    const next = this.after(from);
    return next !== null && next < until;
  }

  /** The earliest time, not before `from`, after which there are at most `most` ticks until `until`. */
  startOfLatest(most: number, from: Date, until: Date): Date {
    if (this.#hasAtMost(most, from, until)) return from;
    let [tooMany, few] = [from.getTime(), until.getTime()];
    while (few - tooMany > A_SECOND / 2) {
      const middle = (tooMany + few) / 2;
      if (this.#hasAtMost(most, new Date(middle), until)) few = middle;
      else tooMany = middle;
    }
    return new Date(few);
  }

  #hasAtMost(most: number, from: Date, until: Date): boolean {
    let tick = this.after(from);
    for (let count = 0; tick !== null && tick < until; count++) {
      if (count === most) return false;
      tick = this.after(tick);
    }
    return true;
  }
}
