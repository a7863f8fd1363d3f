/** Common parts of the commands that call a server: its address, the token, interrupts and failures. */

import { type Client, createClient } from "../client/client.ts";
import { ConnectionFailedError, UnauthenticatedError } from "../client/errors.ts";
import { displayUrl } from "../model/display-url.ts";
import { parseUrl } from "../model/parse-url.ts";
import { visibleJson } from "../model/visible-text.ts";
import { wrong } from "./arguments.ts";
import { Failure, type Options, type Values } from "./command.ts";
import { HOW_TO_GET_ONE, tokenSource } from "./token.ts";
import { durationOf, printable, shortDuration } from "./values.ts";

export const REMOTE_OPTIONS = {
  url: { value: "ADDRESS", about: "the URL of the server, with or without /graphql; default COUNTERSIGN_URL" },
  token: {
    value: "TOKEN",
    file: "at",
    about:
      "a token, or @FILE, which is read for each connection; default COUNTERSIGN_TOKEN, which is not " +
      "visible in process lists",
  },
  "connect-timeout": { value: "DURATION", about: "how long to try to reach the server at the start; default 30s" },
  json: { about: "print one JSON value to standard output" },
} as const satisfies Options;

/** A note of each of these commands. */
export const DURATIONS = "A DURATION is 90s, 30m, 2h, 3d or 1h30m.";

const CONNECT_MS = 30_000;
/** The exit codes that shells use for an end by a signal. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** npm passes on the interrupt that the terminal has already sent to this process; only a later one is urgent. */
const SAME_INTERRUPT_MS = 1_000;

/** The process received a signal. */
export class Interrupted extends Failure {}

export interface Remote {
  client: Client;
  /** The server's address without /graphql and without credentials. */
  base: string;
  /** The address from the command line; null if it is from the environment. */
  givenUrl: string | null;
  /** Aborted with Interrupted. */
  signal: AbortSignal;
  /** Runs an operation that does not wait for people. It fails if the server cannot be reached. */
  soon<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Called when the connection is lost, with the reason, or is back. */
  onConnection: ((lost: string | null) => void) | null;
}

/** Writes a line for people to standard error. */
export const say = (line: string): void => void process.stderr.write(`${printable(line)}\n`);

/** Writes to standard output. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Writes a JSON value to standard output on one line. Control and invisible characters are escaped. */
export const printJson = (value: unknown): void => print(visibleJson(value));

/** @throws TypeError */
function addressOf(given: string | undefined): { graphql: string; base: string } {
  const allowed = "the http(s) URL of a server, such as https://approvals.example.com, also as COUNTERSIGN_URL";
  const held = given || process.env.COUNTERSIGN_URL || undefined;
  const name = given || held === undefined ? "--url" : "COUNTERSIGN_URL";
  const url = held === undefined ? null : parseUrl(held);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return wrong(name, held, allowed);
  url.hash = "";
  url.pathname = `${url.pathname.replace(/\/+$/, "").replace(/\/graphql$/, "")}/graphql`;
  return { graphql: url.href, base: displayUrl(url.href).replace(/\/graphql$/, "") };
}

/** Connects, calls `run`, and closes the connection. @throws Failure with the exit code 4, or Interrupted */
export async function withRemote(
  values: Values<typeof REMOTE_OPTIONS> & { readonly quiet?: boolean },
  run: (remote: Remote) => Promise<number>,
): Promise<number> {
  const { graphql, base } = addressOf(values.url);
  const token = tokenSource(values.token, process.env);
  const connectMs = durationOf("--connect-timeout", values["connect-timeout"]) ?? CONNECT_MS;
  const interrupt = new AbortController();
  let lastLoss = "no answer";
  const client = createClient({
    url: graphql,
    token,
    logger: {
      warn() {
        // A wait reports lost connections itself.
        if (values.quiet || remote.onConnection !== null) return;
        say(`${base} cannot be reached (${lastLoss}); trying for ${shortDuration(connectMs)}.`);
      },
    },
    // The command has its own time-out, which a wait needs only until it is connected.
    requestTimeoutMs: null,
    onLost: (reason) => {
      lastLoss = reasonOf(reason) || lastLoss;
      remote.onConnection?.(lastLoss);
    },
    onConnected: () => remote.onConnection?.(null),
  });
  const remote: Remote = {
    client,
    base,
    givenUrl: values.url ?? null,
    signal: interrupt.signal,
    onConnection: null,
    async soon(operation) {
      const stop = new AbortController();
      const timer = setTimeout(() => {
        stop.abort(new Failure(`${base} could not be reached within ${shortDuration(connectMs)}: ${lastLoss}`, 4));
      }, connectMs);
      try {
        return await operation(AbortSignal.any([interrupt.signal, stop.signal]));
      } finally {
        clearTimeout(timer);
      }
    },
  };
  const unlisten = listenForSignals(interrupt);
  // The exit code reports the outcome even if standard output is closed.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  try {
    return await run(remote);
  } catch (error) {
    throw explained(error, base, {
      url: values.url === undefined ? "COUNTERSIGN_URL" : "--url",
      token: values.token === undefined ? "COUNTERSIGN_TOKEN" : "--token",
    });
  } finally {
    remote.onConnection = null;
    unlisten();
    await client.close();
  }
}

/** Aborts at the first signal and ends the process at a later one. @returns a function that removes the listeners */
function listenForSignals(interrupt: AbortController): () => void {
  let firstAt: number | undefined;
  const listeners = Object.entries(SIGNALS).map(([name, exitCode]) => {
    const listener = () => {
      if (firstAt !== undefined && performance.now() - firstAt > SAME_INTERRUPT_MS) process.exit(exitCode);
      firstAt ??= performance.now();
      interrupt.abort(new Interrupted("interrupted", exitCode));
    };
    process.on(name, listener);
    return [name, listener] as const;
  });
  return () => {
    for (const [name, listener] of listeners) process.off(name, listener);
  };
}

/** The reason for a lost connection. OpenSSL describes a server without TLS by a line of its own source. */
const reasonOf = (reason: string): string =>
  reason.includes("wrong version number")
    ? "the server does not use TLS there; try http:// instead of https://"
    : reason;

/**
 * The failure for an error of the client.
 * @param from the options or variables that the address and the token are from
 */
function explained(error: unknown, base: string, from: { url: string; token: string }): unknown {
  if (error instanceof UnauthenticatedError) {
    const reason = error.message.replace(/\.$/, "");
    return new Failure(`${base}: ${reason}. Set ${from.token} to another token; ${HOW_TO_GET_ONE}`, 4);
  }
  if (error instanceof ConnectionFailedError) return new Failure(`${from.url} is "${base}": ${error.message}`, 4);
  return error;
}
