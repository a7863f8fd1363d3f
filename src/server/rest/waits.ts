/**
 * Long polls: a GET that is answered when there is something to tell. It follows the same subscription as everyone else,
 * so a wait costs the database one read at its beginning and one at its end.
 */

import type { ServerResponse } from "node:http";
import type { ExecutionResult } from "graphql";
import { UnauthenticatedError } from "../auth/auth.ts";
import type { Engine, Operation } from "../graphql/engine.ts";
import { beginJson } from "../http.ts";
import { problemOf, validationProblem } from "./problems.ts";

/** Proxies cut a connection on which nothing comes: after 30 to 60 seconds, most of them. */
const SIGN_OF_LIFE_MS = 10_000;
/** The longest wait, in seconds. */
export const MOST_SECONDS = 300;
const MOST_VERSION = 2 ** 31 - 1;

/** The parameters of a wait. */
export interface Wait {
  seconds: number;
  /** What the client has: the answer is a later version. Null waits until the request is final. */
  afterVersion: number | null;
}

export const WAIT_PARAMETERS = {
  wait: {
    from: 1,
    to: MOST_SECONDS,
    description:
      "Waits for up to this many seconds until the request or the run is final, or above `afterVersion`, and answers " +
      "with it as it is then. After ten seconds the answer begins, with blanks in front of its JSON.",
  },
  afterVersion: {
    from: 0,
    to: MOST_VERSION,
    description: "With `wait`: answers as soon as the version is above this one.",
  },
} as const;

/**
 * Takes the parameters of a wait out of the query.
 * @returns null where nobody wants to wait
 * @throws ProblemError VALIDATION
 */
export function takeWait(query: URLSearchParams): Wait | null {
  const issues: { path: string; message: string }[] = [];
  const take = (name: keyof typeof WAIT_PARAMETERS): number | null => {
    const given = query.getAll(name);
    query.delete(name);
    if (given.length === 0) return null;
    const { from, to } = WAIT_PARAMETERS[name];
    const value = given.length === 1 && /^\d{1,10}$/.test(given[0] as string) ? Number(given[0]) : Number.NaN;
    if (!(value >= from && value <= to)) {
      issues.push({ path: name, message: `must be one whole number from ${from} to ${to}` });
    }
    return value;
  };
  const seconds = take("wait");
  const afterVersion = take("afterVersion");
  if (seconds === null && afterVersion !== null) {
    issues.push({ path: "afterVersion", message: "takes `wait` beside it" });
  }
  if (issues.length > 0) throw validationProblem(issues);
  return seconds === null ? null : { seconds, afterVersion };
}

/** Calls `end` once, with the reason in words, when a token is no longer good; returns how to take that back. */
export type Hold = (end: (reason: string) => void) => () => void;

export interface Waits {
  /**
   * Resolves with the request once there is something to tell of it; with "over" when the present state is to be read
   * and told instead; with "gone" when the client does not wait any more.
   * After ten seconds the answer begins, with blanks in front of its JSON; from then on its status is 200.
   * @param operation the subscription
   * @param hold calls back when the token is no longer good for this; returns how to take that back
   * @throws ProblemError where the request is not, or no longer, the viewer's to see; UnauthenticatedError when the
   *   token ends first; what `hold` throws
   */
  follow(
    operation: Operation,
    wait: Wait,
    hold: Hold,
    res: ServerResponse,
  ): Promise<Record<string, unknown> | "over" | "gone">;
  /** Ends all waits at once, and every later one at its beginning: their clients learn how things stand. */
  stop(): void;
}

/** @param signOfLifeMs how often a client that waits gets a blank */
export function createWaits(engine: Engine, signOfLifeMs = SIGN_OF_LIFE_MS): Waits {
  const open = new Set<() => void>();
  let stopped = false;

  async function follow(
    operation: Operation,
    { seconds, afterVersion }: Wait,
    hold: Hold,
    res: ServerResponse,
  ): Promise<Record<string, unknown> | "over" | "gone"> {
    if (stopped) return "over";
    let reason: "over" | "gone" | UnauthenticatedError | undefined;
    let results: Awaited<ReturnType<Engine["subscribe"]>> | undefined;
    const end = (why: NonNullable<typeof reason>) => {
      reason ??= why;
      void results?.return?.();
    };
    const release = hold((why) => end(new UnauthenticatedError(`${why}.`)));
    const over = () => end("over");
    const gone = () => end("gone");
    open.add(over);
    res.once("close", gone);
    const timer = setTimeout(over, seconds * 1_000);
    // A request that cannot be found, or not be read, gets its own status, however long that takes to know.
    let isFound = false;
    const signs = setInterval(() => isFound && beginJson(res), signOfLifeMs);
    try {
      results = await engine.subscribe(operation);
      if (res.destroyed) gone();
      if (stopped) over();
      // What ended it in the meantime found nothing to return.
      if (reason !== undefined) void results.return?.();
      for await (const result of results) {
        const request = answerOf(result);
        isFound = true;
        const isNews = afterVersion !== null && (request.version as number) > afterVersion;
        if (reason === undefined && (isNews || request.isOpen === false)) return request;
      }
      if (reason instanceof UnauthenticatedError) throw reason;
      return reason ?? "over";
    } finally {
      open.delete(over);
      res.off("close", gone);
      clearTimeout(timer);
      clearInterval(signs);
      release();
    }
  }

  return {
    follow,
    stop() {
      stopped = true;
      for (const over of [...open]) over();
    },
  };
}

function answerOf({ data, errors }: ExecutionResult): Record<string, unknown> {
  if (errors?.[0] !== undefined) throw problemOf(errors[0], (name) => name);
  return data?.answer as Record<string, unknown>;
}
