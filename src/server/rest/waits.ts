/**
 * Long polls: a GET that responds when the object has changed. It uses the same subscription as other clients, so a
 * wait costs the database one read at its start and one at its end.
 */

import type { ServerResponse } from "node:http";
import type { ExecutionResult } from "graphql";
import { UnauthenticatedError } from "../auth/token-refusals.ts";
import type { Engine, Operation } from "../graphql/engine.ts";
import { beginJson } from "../http.ts";
import { problemOf, validationProblem } from "./problems.ts";

/** Most proxies close a connection without data after 30 to 60 seconds. */
const SIGN_OF_LIFE_MS = 10_000;
/** The longest wait, in seconds. */
export const MOST_SECONDS = 300;
const MOST_VERSION = 2 ** 31 - 1;

/** The parameters of a wait. */
export interface Wait {
  seconds: number;
  /** The version that the client has; the wait ends with a later one. Null waits until the request is final. */
  afterVersion: number | null;
}

export const WAIT_PARAMETERS = {
  wait: {
    from: 1,
    to: MOST_SECONDS,
    description:
      "Waits for up to this many seconds until the request or the run is final, or until its version is above " +
      "`afterVersion`, and returns it as it is then. After ten seconds the response starts, with spaces before the JSON.",
  },
  afterVersion: {
    from: 0,
    to: MOST_VERSION,
    description: "With `wait`: responds as soon as the version is above this one.",
  },
} as const;

/**
 * Removes the parameters of a wait from the query.
 * @returns null without the parameter `wait`
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
    issues.push({ path: "afterVersion", message: "requires `wait`" });
  }
  if (issues.length > 0) throw validationProblem(issues);
  return seconds === null ? null : { seconds, afterVersion };
}

/** Calls `end` once with the reason when the token is no longer valid. @returns cancels the call */
export type OnAccessEnd = (end: (reason: string) => void) => () => void;

export interface Waits {
  /**
   * Resolves with the request once it is final or has a later version, with "over" if the caller should read the
   * current state instead, and with "gone" if the client has disconnected. After ten seconds the response starts, with
   * spaces before its JSON; from then on its status is 200.
   * @param operation the subscription
   * @throws ProblemError if the viewer may not, or may no longer, see the request; UnauthenticatedError if the token
   *   expires first; the errors of `onAccessEnd`
   */
  follow(
    operation: Operation,
    wait: Wait,
    onAccessEnd: OnAccessEnd,
    res: ServerResponse,
  ): Promise<Record<string, unknown> | "over" | "gone">;
  /** Ends all waits at once, and every later wait at its start. Their clients receive the current state. */
  stop(): void;
}

/** @param signOfLifeMs ms between the spaces that are sent to a client that waits */
export function createWaits(engine: Engine, signOfLifeMs = SIGN_OF_LIFE_MS): Waits {
  const open = new Set<() => void>();
  let stopped = false;

  async function follow(
    operation: Operation,
    { seconds, afterVersion }: Wait,
    onAccessEnd: OnAccessEnd,
    res: ServerResponse,
  ): Promise<Record<string, unknown> | "over" | "gone"> {
    if (stopped) return "over";
    let reason: "over" | "gone" | UnauthenticatedError | undefined;
    let results: Awaited<ReturnType<Engine["subscribe"]>> | undefined;
    const end = (why: NonNullable<typeof reason>) => {
      reason ??= why;
      void results?.return?.();
    };
    const release = onAccessEnd((why) => end(new UnauthenticatedError(`${why}.`)));
    const finish = () => end("over");
    const disconnect = () => end("gone");
    open.add(finish);
    res.once("close", disconnect);
    const timer = setTimeout(finish, seconds * 1_000);
    // No spaces before the first result, because an error needs its own status.
    let isFound = false;
    const signs = setInterval(() => isFound && beginJson(res), signOfLifeMs);
    try {
      results = await engine.subscribe(operation);
      if (res.destroyed) disconnect();
      if (stopped) finish();
      // The wait ended while the subscription was starting.
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
      open.delete(finish);
      res.off("close", disconnect);
      clearTimeout(timer);
      clearInterval(signs);
      release();
    }
  }

  return {
    follow,
    stop() {
      stopped = true;
      for (const finish of [...open]) finish();
    },
  };
}

function answerOf({ data, errors }: ExecutionResult): Record<string, unknown> {
  if (errors?.[0] !== undefined) throw problemOf(errors[0], (name) => name);
  return data?.answer as Record<string, unknown>;
}
