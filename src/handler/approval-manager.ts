/**
 * The manager for programs: the direct API on a database, with the predecessor's methods and names. It has no rules of
 * its own: every call goes to the manager that the server uses, with its policy and its audit log.
 */

import type {
  ApprovalStatistics,
  ApprovalManager as Manager,
  RequestFilter,
  UserApprovalSummary,
} from "../approvals/manager.ts";
import {
  type AnyCase,
  normalizeSpelling,
  statusesOf,
  type WrittenCondition,
  type WrittenRequestInput,
} from "../approvals/spellings.ts";
import {
  type ApprovalComment,
  type ApprovalDecision,
  type ApprovalRequest,
  type ApprovalStatus,
  type Caller,
  REQUEST_INPUT_FIELDS,
  type Viewer,
} from "../model/approvals.ts";
import { ValidationError } from "../model/errors.ts";
import { ignoredFieldIssues } from "../model/unknown-fields.ts";
import { openManager } from "./manager-modules.ts";
import type { ApprovalManagerConfig, OpenManager } from "./open-manager.ts";
import { warnOfRetiredOptions } from "./retired-options.ts";

/** Selects requests that match all given filters. Null and undefined mean no filter. */
export interface ApprovalRequestFilters extends Omit<RequestFilter, "statuses"> {
  statuses?: readonly AnyCase<ApprovalStatus>[] | null;
  /** The highest number of requests to return. Default: 100. */
  limit?: number;
}

/** As ApprovalRequestFilters, and limited to one user. */
export interface PendingApprovalFilters extends ApprovalRequestFilters {
  /** Only requests that this user can decide now. */
  userId?: string | null;
}

/** A request as `createRequest` resolves to it. */
export interface CreatedRequest extends ApprovalRequest {
  /** False if the same creator had created the request before, with the same ids and content. */
  created: boolean;
}

/** Statistics of requests. Times are in milliseconds. Both averages are 0 if there is nothing to average. */
export interface ApprovalStats extends ApprovalStatistics {
  avgDecisionTimeMs: number;
  avgTimeoutMs: number;
}

/**
 * Approvals on a database, without a server in between. The program is trusted with the users that it names: `userId`
 * must be a user whom the program has authenticated. Lists cover all requests unless a filter or a viewer limits them.
 *
 * Methods reject with an error whose `code` is NOT_FOUND, FORBIDDEN, EXPIRED, ALREADY_DECIDED, STALE_CONTEXT,
 * VALIDATION (with `issues`) or CONFLICT.
 *
 * @example
 * const manager = new ApprovalManager({ databaseUrl: "postgres://localhost/approvals" });
 * const request = await manager.createRequest({
 *   workflowId: "release", jobId: "approval", executionId: "7", title: "Deploy 1.4.0?",
 *   notifyUsers: ["bob@company.com"], requestedBy: "alice@company.com",
 * });
 * await manager.approve(request.id, { userId: "bob@company.com", comment: "Looks good" });
 * await manager.close();
 */
export class ApprovalManager {
  readonly #parts: OpenManager;
  readonly #manager: Manager;
  #closing: Promise<void> | undefined;

  /**
   * Connects and starts the timeout clock in the background, also if the database is unavailable at first. The process
   * stays alive until `close`. `getApprovalManager` returns one manager for the whole process.
   * @throws TypeError or ConfigError for a wrong configuration; an Error that names a package that is not installed
   */
  constructor(config: ApprovalManagerConfig = {}) {
    warnOfRetiredOptions(config);
    this.#parts = openManager(config);
    this.#manager = this.#parts.manager;
  }

  /** The parts of a manager, for a handler that uses it. */
  static partsOf(manager: object): OpenManager | undefined {
    return #parts in manager ? manager.#parts : undefined;
  }

  /** The timeout and the timeout action of requests that do not set them. */
  get defaults() {
    return this.#manager.defaults;
  }

  /** The time of the database's clock, as this process knows it. */
  now(): Date {
    return this.#manager.now();
  }

  /**
   * Creates a request, or returns the one that the same creator has created before with the same ids and content. The
   * creator is `requestedBy`, or "system".
   */
  async createRequest(input: WrittenRequestInput, caller?: Caller): Promise<CreatedRequest> {
    // The conversion copies the input, which loses these fields.
    const issues = ignoredFieldIssues(input, REQUEST_INPUT_FIELDS);
    if (issues.length > 0) throw new ValidationError(issues);
    const { request, created } = await this.#manager.createRequest(normalizeSpelling(input), caller);
    return { ...request, created };
  }

  /** One request, or null if it is unknown or the viewer may not see it. */
  getRequest(requestId: string, viewer?: Viewer): Promise<ApprovalRequest | null> {
    return this.#manager.getRequest(requestId, viewer);
  }

  /**
   * Requests that wait for a decision now, soonest expiry first. Without `userId` these are all requests that match the
   * other filters, because a program has full access to its own database.
   */
  getPendingApprovals(filters: PendingApprovalFilters = {}, viewer?: Viewer): Promise<ApprovalRequest[]> {
    return this.#manager.getPendingApprovals(canonical(filters), viewer);
  }

  /** Requests by filter, newest first. */
  getApprovals(filters: ApprovalRequestFilters = {}, viewer?: Viewer): Promise<ApprovalRequest[]> {
    return this.#manager.getApprovals(canonical(filters), viewer);
  }

  /** Approves as `decision.userId`, or as the caller. The request is final once enough approvers have approved. */
  approve(requestId: string, decision: ApprovalDecision, caller?: Caller): Promise<ApprovalRequest> {
    return this.#manager.approve(requestId, decision, caller);
  }

  /** Rejects as `decision.userId`, or as the caller. One rejection is final. */
  reject(requestId: string, decision: ApprovalDecision, caller?: Caller): Promise<ApprovalRequest> {
    return this.#manager.reject(requestId, decision, caller);
  }

  /** Cancels an open request. @param by the requester's id, or a caller */
  cancel(requestId: string, by: string | Caller, reason?: string | null): Promise<ApprovalRequest> {
    return this.#manager.cancel(requestId, by, reason);
  }

  /** Escalates an open request, once. @param by the requester's id, or a caller */
  async escalate(requestId: string, by: string | Caller, reason?: string | null): Promise<ApprovalRequest> {
    return this.#manager.escalate(requestId, await this.#callerOf(by), reason);
  }

  /** Extends the expiry of an open request. @param caller the creator, or an admin */
  extend(requestId: string, caller: Caller, expiresAt: Date): Promise<ApprovalRequest> {
    return this.#manager.extend(requestId, caller, expiresAt);
  }

  /** Adds a comment. @param by the author's id, or a caller */
  async comment(requestId: string, by: string | Caller, body: string): Promise<ApprovalComment> {
    return this.#manager.comment(requestId, await this.#callerOf(by), body);
  }

  /** Replaces the conditions of an open request and evaluates them. @param caller an admin */
  updateConditions(
    requestId: string,
    caller: Caller,
    conditions: readonly WrittenCondition[],
  ): Promise<ApprovalRequest> {
    const { autoApproveConditions } = normalizeSpelling({ autoApproveConditions: conditions } as WrittenRequestInput);
    return this.#manager.updateConditions(requestId, caller, autoApproveConditions ?? []);
  }

  /** Whether the user can decide the request now. */
  canApprove(userId: string, requestId: string): Promise<boolean> {
    return this.#manager.canApprove(userId, requestId);
  }

  /** Statistics of the requests created in [startDate, endDate). @param requester limits them to one user's requests */
  async getStats(startDate?: Date | null, endDate?: Date | null, requester?: string | null): Promise<ApprovalStats> {
    const stats = await this.#manager.getStats(startDate, endDate, requester);
    return { ...stats, avgDecisionTimeMs: stats.avgDecisionTimeMs ?? 0, avgTimeoutMs: stats.avgTimeoutMs ?? 0 };
  }

  /** The pending and past decisions of one user. The roles come from the directory. */
  getUserSummary(userId: string): Promise<UserApprovalSummary> {
    return this.#manager.getUserSummary(userId);
  }

  /** Starts the clock that expires requests. The manager already starts it by itself. */
  startTimeoutChecker(): Promise<void> {
    return this.#manager.startTimeoutChecker();
  }

  stopTimeoutChecker(): Promise<void> {
    return this.#manager.stopTimeoutChecker();
  }

  /** Applies the timeout action to every expired request, and returns these requests. */
  checkTimeouts(): Promise<ApprovalRequest[]> {
    return this.#manager.checkTimeouts();
  }

  /** Applies the timeout action to one request if it has expired. Resolves to the request, or null if it is unknown. */
  handleTimeout(request: string | Pick<ApprovalRequest, "id">): Promise<ApprovalRequest | null> {
    return this.#manager.handleTimeout(typeof request === "string" ? request : request.id);
  }

  /** Stops the clock and closes the connections. May be called more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#parts.close();
    return this.#closing;
  }

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  async #callerOf(by: string | Caller): Promise<Caller> {
    return typeof by === "string" ? this.#manager.callerOf(by) : by;
  }
}

const canonical = <T extends ApprovalRequestFilters>({ statuses, ...rest }: T) => ({
  ...rest,
  ...(statuses != null && { statuses: statusesOf(statuses) }),
});
