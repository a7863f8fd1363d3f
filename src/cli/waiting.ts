/** Waits for an outcome on the command line, with progress for people and an exit code for programs. */

import type { WaitedRequest } from "../client/documents.ts";
import { demandedOf, faultOfSource, getStatusMessage } from "../handler/outcome.ts";
import { Failure, type Options } from "./command.ts";
import { Interrupted, print, printJson, type Remote, say } from "./remote.ts";
import { printable } from "./values.ts";

export const WAIT_OPTIONS = {
  "decision-source": {
    value: "SOURCE",
    choices: ["approver"],
    about: "approver: an approval by conditions or by the timeout does not count, and exits with 4",
  },
  quiet: { about: "no progress on standard error" },
} as const satisfies Options;

/** The exit codes of a wait, for `--help`. */
export const WAIT_EXITS =
  "0 approved, 1 rejected, 2 timed out, 3 cancelled, 4 on an error, or for an approval that " +
  "--decision-source does not accept; 130 or 143 if interrupted, which leaves the request open.";

const EXIT_CODES = { APPROVED: 0, REJECTED: 1, TIMEOUT: 2, CANCELLED: 3 } as const;

/** The interval of progress messages in ms. CI systems end jobs that are silent for ten minutes. */
const STILL_MS = 5 * 60_000;

/** Describes the changes between two states of an open request. */
function changeOf(before: WaitedRequest, after: WaitedRequest): string {
  const known = new Set(before.approvers);
  const approved = after.approvers.filter((person) => !known.has(person));
  const who = approved.length === 0 ? "" : `${approved.join(", ")} approved. `;
  const extended =
    before.expiresAt === after.expiresAt || before.status !== after.status ? "" : "Its expiry was changed. ";
  return `${who}${extended}${getStatusMessage(after)}`;
}

/**
 * Waits for the outcome, prints it, and returns the exit code.
 * @param request its last known state
 * @throws Interrupted with the command that resumes the wait, or Failure with the exit code 4
 */
export async function waitAndReport(
  remote: Remote,
  request: WaitedRequest,
  { quiet, json, ...values }: { quiet: boolean; json: boolean; "decision-source": string | undefined },
): Promise<number> {
  const source = values["decision-source"];
  const progress = quiet ? () => {} : say;
  let last = request;
  let seenAt = performance.now();
  if (request.isOpen) progress(getStatusMessage(request));
  const still = setInterval(() => {
    const left = Math.max(0, (last.timeRemainingMs ?? 0) - (performance.now() - seenAt));
    progress(`Still waiting. ${getStatusMessage({ ...last, timeRemainingMs: left })}`);
  }, STILL_MS);
  remote.onConnection = connectionProgress(progress);
  let outcome: WaitedRequest;
  try {
    const { signal } = remote;
    const onUpdate = (update: WaitedRequest) => {
      if (update.isOpen) progress(changeOf(last, update));
      last = update;
      seenAt = performance.now();
    };
    outcome = request.isOpen
      ? await remote.client.waitForRequest(request.id, { afterVersion: request.version, signal, onUpdate })
      : request;
    if (outcome.status === "PENDING" || outcome.status === "ESCALATED") {
      throw new Error(`The request is still ${outcome.status}.`);
    }
  } catch (error) {
    throw leftOpen(error, remote, request.id, source);
  } finally {
    remote.onConnection = null;
    clearInterval(still);
  }
  if (json) printJson(outcome);
  else print(printable(getStatusMessage(outcome)));
  const fault = faultOfSource(outcome, demandedOf(source));
  if (fault !== null) throw new Failure(printable(fault), 4);
  return EXIT_CODES[outcome.status];
}

/** Reports an outage once, regardless of the number of failed connections, and its end. */
function connectionProgress(progress: (line: string) => void): (lost: string | null) => void {
  let isLost = false;
  return (lost) => {
    if ((lost !== null) === isLost) return;
    isLost = lost !== null;
    progress(isLost ? `Connection lost (${lost}); reconnecting.` : "Reconnected.");
  };
}

/** The end of a wait whose request is still open, with the command that resumes the wait. */
function leftOpen(error: unknown, remote: Remote, id: string, source: string | undefined): unknown {
  const demand = source === undefined ? "" : ` --decision-source ${source}`;
  const again = `countersign wait ${id}${demand}${remote.givenUrl === null ? "" : ` --url ${remote.base}`}`;
  if (error instanceof Interrupted) {
    return new Interrupted(`interrupted; the request stays open, wait for it again with: ${again}`, error.exitCode);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure(`${reason} The request is unchanged; wait for it again with: ${again}`, 4);
}
