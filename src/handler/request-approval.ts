/** Asks for approval in one call, for programs without an orchestrator. */

import { randomUUID } from "node:crypto";
import { type ApprovalJobConfig, JOB_CONFIG_FIELDS } from "../approvals/approval-job.ts";
import type { DemandedSource } from "../approvals/demanded-source.ts";
import { checkJobConfig } from "../approvals/job-config.ts";
import type { ApprovalStatus } from "../model/approvals.ts";
import { LONGEST_TIMER_MS } from "../model/durations.ts";
import type { Issue } from "../model/errors.ts";
import { ignoredFieldIssues } from "../model/unknown-fields.ts";
import { ApprovalWaitTimeoutError, asRefusal, isNotFound, RefusedError, RequestDeletedError } from "./errors.ts";
import type { GateRequest, Gateway } from "./gateway.ts";
import type { JobContext } from "./job.ts";
import { type ApprovalResult, faultOfSource, getStatusMessage, mapToApprovalResult } from "./outcome.ts";

/** The input of `requestApproval`: the configuration of an approval job, and who asks. */
export interface RequestApprovalInput extends ApprovalJobConfig {
  /** The users who may decide, at least one. Nobody else may. Another name of `allowedApprovers`. */
  approvers?: readonly string[];
  /** The id of the program. Default: `program`. */
  workflowId?: string;
  /** The id of this question in the program. Default: `approval`. */
  jobId?: string;
  /**
   * The id of this execution. If the program asks again with the same three ids and the same content, it gets the
   * existing request. Default: a random id, so that each call creates another request.
   */
  executionId?: string;
}

/** Fields of the input that the configuration of a job does not have. */
export const OWN_FIELDS: readonly (keyof RequestApprovalInput)[] = ["approvers", "workflowId", "jobId", "executionId"];

/** How long to wait for the decision. */
export interface WaitForApprovalOptions {
  /** Aborting it ends the wait with the reason of the signal. The request stays open. */
  signal?: AbortSignal;
  /** ms until the wait ends with ApprovalWaitTimeoutError. The request stays open. Default: no limit. */
  timeoutMs?: number;
}

type FinalStatus = Exclude<ApprovalStatus, "PENDING" | "ESCALATED">;

interface Decided extends ApprovalResult {
  status: FinalStatus;
  /** The outcome in one sentence, such as `Rejected by bob: not on a Friday.` */
  message: string;
}

/** How a request ended. `approved` is true only for an approval that counts (see `decisionSource`). */
export type ApprovalOutcome = (Decided & { approved: true; status: "APPROVED" }) | (Decided & { approved: false });

/** A request that was created, or found. */
export interface RequestedApproval {
  /** The id of the request. */
  readonly id: string;
  /** The page on which people decide; null if its address is not known. */
  readonly url: string | null;
  /** False if the request already existed, with the same ids and content. */
  readonly created: boolean;
  /**
   * Waits for the decision, for as long as it takes: over lost connections and restarts of the server and the database.
   * It may be called more than once, also after the decision.
   * @throws ApprovalWaitTimeoutError after `timeoutMs`, RequestDeletedError, UnauthenticatedError, or the reason of the
   *   aborted signal
   */
  wait(options?: WaitForApprovalOptions): Promise<ApprovalOutcome>;
  /**
   * Cancels the request. All waits resolve with the status CANCELLED.
   * @param reason shown to approvers
   * @throws RefusedError with code ALREADY_DECIDED if the request is final
   */
  cancel(reason?: string): Promise<ApprovalOutcome>;
}

/** The promise of a request, on which `wait` can be called directly. */
export interface ApprovalPromise extends Promise<RequestedApproval> {
  /** Waits for the request and then for its decision. @throws as `requestApproval` and `RequestedApproval.wait` */
  wait(options?: WaitForApprovalOptions): Promise<ApprovalOutcome>;
}

/** Adds `wait` to the promise of a request. */
export const withWait = (promise: Promise<RequestedApproval>): ApprovalPromise =>
  Object.assign(promise, {
    wait: (options?: WaitForApprovalOptions) => promise.then((approval) => approval.wait(options)),
  });

/**
 * The context of a job that asks what the input asks.
 * @throws RefusedError with code VALIDATION and all issues
 */
export function contextOfInput(input: RequestApprovalInput, type: string, signal?: AbortSignal): JobContext {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new RefusedError("VALIDATION", "", [{ path: "", message: "must be an object such as { title, approvers }" }]);
  }
  const { approvers, workflowId, jobId, executionId, ...given } = input;
  const config = approvers == null ? given : { ...given, allowedApprovers: approvers };
  if (approvers != null && given.allowedApprovers != null) throw new RefusedError("VALIDATION", "", [BOTH]);
  const issues = [
    ...ignoredFieldIssues(input, [...JOB_CONFIG_FIELDS, ...OWN_FIELDS]),
    ...(approvers?.length === 0 ? [NOBODY] : checkJobConfig(config, undefined, [], OWN_FIELDS)),
  ];
  if (issues.length > 0) throw new RefusedError("VALIDATION", "", issues);
  return {
    workflowId: workflowId ?? "program",
    jobId: jobId ?? "approval",
    executionId: executionId ?? randomUUID(),
    type,
    config,
    dependencies: [],
    results: {},
    signal,
  };
}

const NOBODY: Issue = {
  path: "approvers",
  message: "must name at least one user; without this field, the notified people may decide",
};
const BOTH: Issue = { path: "approvers", message: "has the same meaning as allowedApprovers; use one of them" };

/** The error of a request that was refused, with the name of the field that the caller used. */
export function refusalOf(thrown: unknown, { approvers }: Pick<RequestApprovalInput, "approvers">): unknown {
  const error = asRefusal(thrown);
  if (!(error instanceof RefusedError) || approvers == null || error.issues?.includes(BOTH)) return error;
  const renamed = (text: string) => text.replaceAll(/\ballowedApprovers\b/g, "approvers");
  const issues = error.issues?.map(({ path, message }) => ({ path: renamed(path), message: renamed(message) }));
  return new RefusedError(error.code, error.message, issues);
}

/** A request behind a gateway. `demanded` is the source that an approval must have to count. */
export function requestedApproval(
  gateway: Gateway,
  { request, created }: { request: GateRequest; created: boolean },
  demanded: DemandedSource | null,
): RequestedApproval {
  const { id } = request;
  let last = request;

  async function wait({ signal, timeoutMs }: WaitForApprovalOptions = {}): Promise<ApprovalOutcome> {
    if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS)) {
      throw new TypeError(`timeoutMs must be a number of milliseconds from 1 to ${LONGEST_TIMER_MS}, not ${timeoutMs}`);
    }
    signal?.throwIfAborted();
    if (!last.isOpen) return outcomeOf(last, demanded);
    const stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const late = () => stop.abort(new ApprovalWaitTimeoutError(id, timeoutMs as number));
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    try {
      last = await gateway.wait(id, last.version, stop.signal);
      return outcomeOf(last, demanded);
    } catch (error) {
      throw isNotFound(error) ? new RequestDeletedError(id) : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  async function cancel(reason?: string): Promise<ApprovalOutcome> {
    try {
      last = await gateway.cancel(id, reason ?? null);
    } catch (error) {
      throw asRefusal(error);
    }
    return outcomeOf(last, demanded);
  }

  return { id, url: gateway.urlOf(id), created, wait, cancel };
}

function outcomeOf(request: GateRequest, demanded: DemandedSource | null): ApprovalOutcome {
  const fault = faultOfSource(request, demanded);
  const result = { ...mapToApprovalResult(request), message: fault ?? getStatusMessage(request) };
  const { status } = request;
  if (status === "APPROVED" && fault === null) return { ...result, approved: true, status };
  return { ...result, approved: false, status: status as FinalStatus };
}
