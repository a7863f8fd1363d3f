/**
 * The only entry point for commands: every surface calls these methods. They check permissions with `policy.ts` and run
 * commands through the command queue, which batches them. The API reads through `db/queries`, not through the manager; the read methods
 * here are for programs that use the manager without a server. Such a program calls without a caller and may name any
 * user. All other calls have the caller.
 */

import type { Pool } from "../db/pool.ts";
import { personById } from "../db/queries/directory.ts";
import { personsNamed } from "../db/queries/known-people.ts";
import { listWholePending, listWholeRequests, type RequestFilter } from "../db/queries/request-lists.ts";
import { requestByKey, requestsById } from "../db/queries/requests.ts";
import { approvalStatistics, userSummary } from "../db/queries/statistics.ts";
import type { Hub } from "../hub/hub.ts";
import {
  type ApprovalComment,
  type ApprovalCondition,
  type ApprovalDecision,
  type ApprovalRequest,
  type ApprovalRequestInput,
  type Caller,
  type Decision,
  isOrchestrator,
  SCOPES,
  type Viewer,
} from "../model/approvals.ts";
import { CommandError, ConflictError, type Issue, RecipientLimitError, ValidationError } from "../model/errors.ts";
import { inputDigestOf } from "../model/json.ts";
import { idOf, isRequestId } from "../model/request-id.ts";
import type { Command, Outcome } from "./commands/command.ts";
import { CommandQueue, type CommandStats } from "./commands/queue.ts";
import type { Effects } from "./effects.ts";
import * as lifecycle from "./lifecycle.ts";
import type { Destinations } from "./notifications.ts";
import { goesOutside, type RecipientLimits } from "./outside-recipients.ts";
import * as policy from "./policy.ts";
import { AUDITOR, programCaller } from "./program-caller.ts";
import { mayBeRepeated } from "./repeats.ts";
import { sequentialId } from "./sequential-id.ts";
import { createTimeoutClock, type TimeoutClock } from "./timeout-clock.ts";
import {
  BUILT_IN_DEFAULTS,
  checkCallbackHost,
  checkConditions,
  checkRequestInput,
  checkText,
  completeConditions,
  completeInput,
  type Defaults,
  MAX_TEXT,
  namedBy,
  policyIssues,
} from "./validation.ts";

export type { RequestFilter } from "../db/queries/request-lists.ts";
export type { ApprovalStatistics, UserApprovalSummary } from "../db/queries/statistics.ts";

export interface ManagerOptions {
  pool: Pool;
  hub: Hub;
  defaults?: Partial<Defaults>;
  /** ms between safety sweeps of the clock. Default: 60,000. */
  timeoutCheckInterval?: number;
  /** `false` drops the audit detail. Default: true. */
  enableAuditLog?: boolean;
  /**
   * Hosts to which callbacks may go (`CALLBACK_HOSTS`); null: any host, for callers with the required scope. Default:
   * any host, for every caller.
   */
  callbackHosts?: readonly string[] | null;
  /** Where notifications go besides the people. If omitted, nobody is notified. */
  destinations?: Destinations;
  /**
   * How many people a caller without the right to request for others may notify outside the app. Default: any number.
   */
  recipientLimits?: RecipientLimits;
  /** Limits of the command queue, for benchmarks. */
  maxBatch?: number;
  maxInFlight?: number;
  onError?: (error: unknown, doing: string) => void;
}

export class ApprovalManager {
  readonly #pool: Pool;
  readonly #hub: Hub;
  readonly #commands: CommandQueue;
  readonly #clock: TimeoutClock;
  readonly #callbackHosts: readonly string[] | null | undefined;
  /** The timeout and its action for inputs that omit them. */
  readonly defaults: Defaults;

  constructor(options: ManagerOptions) {
    this.#pool = options.pool;
    this.#hub = options.hub;
    this.#commands = new CommandQueue({
      pool: options.pool,
      destinations: options.destinations ?? null,
      auditDetail: options.enableAuditLog ?? true,
      onChanged: (changed) => options.hub.deliver(changed),
      recipientLimits: options.recipientLimits,
      ...(options.maxBatch !== undefined && { maxBatch: options.maxBatch }),
      ...(options.maxInFlight !== undefined && { maxInFlight: options.maxInFlight }),
    });
    this.#callbackHosts = options.callbackHosts;
    this.defaults = { ...BUILT_IN_DEFAULTS, ...options.defaults };
    this.#clock = createTimeoutClock({
      pool: options.pool,
      hub: options.hub,
      commands: this.#commands,
      sweepIntervalMs: options.timeoutCheckInterval ?? 60_000,
      onError: options.onError ?? (() => {}),
    });
  }

  /** The database's clock as this process knows it. */
  now(): Date {
    return this.#clock.now();
  }

  /**
   * Creates a request, or returns the one that the same creator has created with the same key and the same content.
   * Such a repeat succeeds even if the rules have changed since the request was created.
   * @throws ValidationError, ForbiddenError, or ConflictError when the creator's key has other content
   */
  async createRequest(
    input: ApprovalRequestInput,
    caller: Caller = programCaller(input.requestedBy ?? "system", [SCOPES.request]),
  ): Promise<{ request: ApprovalRequest; created: boolean }> {
    try {
      return { request: await this.#create(input, caller), created: true };
    } catch (error) {
      const isRefused = error instanceof CommandError || error instanceof RecipientLimitError;
      const existing = isRefused ? await this.#repeated(input, caller.viewer.userId) : null;
      if (existing === null) throw error;
      return { request: existing, created: false };
    }
  }

  async #create(input: ApprovalRequestInput, caller: Caller): Promise<ApprovalRequest> {
    const creator = caller.viewer.userId;
    this.#checkInput(input, caller.viewer);
    const digest = inputDigestOf(input);
    const draft = completeInput(input, creator, this.defaults);
    const { request, created } = await this.#commands.execute({
      key: JSON.stringify([creator, input.workflowId, input.jobId, input.executionId]),
      caller,
      named: namedBy(draft),
      ...(goesOutside(draft) && countedFor(caller.viewer)),
      isAboutPeople: true,
      apply(_row, now, { personOf }) {
        const faults = policyIssues(draft, personOf);
        if (faults.length > 0) throw new ValidationError(faults);
        return lifecycle.create(sequentialId(), draft, digest, now, personOf);
      },
    });
    if (created) return request;
    throw new ConflictError(
      `You have already created a request with different content for workflow ${input.workflowId}, job ${input.jobId}, execution ${input.executionId}. To create another one, use another executionId.`,
    );
  }

  /** @throws ForbiddenError or ValidationError if this input may not create a request */
  #checkInput(input: ApprovalRequestInput, viewer: Viewer): void {
    policy.authoriseInput(input, viewer, this.defaults);
    if (this.#callbackHosts === null) policy.authoriseCallback(input, viewer);
    const issues = checkRequestInput(input, viewer.userId, this.defaults);
    if (this.#callbackHosts != null) checkCallbackHost(input.callbackUrl, this.#callbackHosts, issues);
    if (issues.length > 0) throw new ValidationError(issues);
  }

  /** The request that this creator has created with the same key and the same content. */
  async #repeated(input: ApprovalRequestInput, creator: string): Promise<ApprovalRequest | null> {
    if (!mayBeRepeated(input)) return null;
    const existing = await requestByKey(this.#pool, { ...input, createdBy: creator });
    return existing?.inputDigest === inputDigestOf(input) ? existing : null;
  }

  approve(requestId: string, decision: ApprovalDecision, caller?: Caller): Promise<ApprovalRequest> {
    return this.#decide(requestId, "APPROVE", decision, caller);
  }

  reject(requestId: string, decision: ApprovalDecision, caller?: Caller): Promise<ApprovalRequest> {
    return this.#decide(requestId, "REJECT", decision, caller);
  }

  async #decide(requestId: string, decision: Decision, given: ApprovalDecision, from?: Caller) {
    const caller = from ?? (await this.callerOf(given.userId ?? ""));
    const { comment = null, reason = null, contextDigest = null } = given;
    const issues: Issue[] = [];
    if (comment !== null) checkText("comment", comment, MAX_TEXT, issues, true);
    if (reason !== null) checkText("reason", reason, MAX_TEXT, issues, true);
    const command = { viewer: caller.viewer, decision, comment, reason, contextDigest, issues };
    const apply: Command["apply"] = (row, now, people, holdings) => {
      // A link or a button may be used long after a token stated the roles, so the directory's current roles count.
      const { userId } = caller.viewer;
      const roles = caller.via === undefined ? caller.viewer.roles : (people.rolesOf(userId) ?? []);
      return lifecycle.decide(row, { ...command, viewer: { ...caller.viewer, roles } }, now, people, holdings);
    };
    return (await this.#change(requestId, caller, apply, { isAboutPeople: true })).request;
  }

  /** Cancels an open request. `by` is the user's id, or the caller. */
  async cancel(requestId: string, by: string | Caller, reason: string | null = null): Promise<ApprovalRequest> {
    const caller = typeof by === "string" ? await this.callerOf(by) : by;
    checkGiven("reason", reason);
    return (await this.#change(requestId, caller, (row, now) => lifecycle.cancel(row, caller.viewer, reason, now)))
      .request;
  }

  /** Escalates an open request manually, once. */
  async escalate(requestId: string, caller: Caller, reason: string | null = null): Promise<ApprovalRequest> {
    checkGiven("reason", reason);
    return (await this.#change(requestId, caller, (row, now) => lifecycle.escalate(row, caller.viewer, reason, now)))
      .request;
  }

  /** Extends an open request to a later expiry. */
  async extend(requestId: string, caller: Caller, expiresAt: Date): Promise<ApprovalRequest> {
    return (await this.#change(requestId, caller, (row, now) => lifecycle.extend(row, caller.viewer, expiresAt, now)))
      .request;
  }

  /** Adds a comment to a request. */
  async comment(requestId: string, caller: Caller, body: string): Promise<ApprovalComment> {
    const issues: Issue[] = [];
    checkText("body", body, MAX_TEXT, issues);
    const apply: Command["apply"] = (row, _now, _people, holdings) => {
      const effects = lifecycle.comment(row, caller.viewer, body, holdings);
      if (issues.length > 0) throw new ValidationError(issues);
      return effects;
    };
    return (await this.#change(requestId, caller, apply, { isComment: true, ...countedFor(caller.viewer) }))
      .comment as ApprovalComment;
  }

  /** Replaces the conditions of an open request and evaluates them at once. */
  async updateConditions(
    requestId: string,
    caller: Caller,
    conditions: readonly ApprovalCondition[],
  ): Promise<ApprovalRequest> {
    const issues: Issue[] = [];
    checkConditions("conditions", conditions, issues);
    const complete = issues.length > 0 ? [] : completeConditions(conditions);
    const command = { viewer: caller.viewer, conditions: complete, issues };
    const apply: Command["apply"] = (row, now, people) => lifecycle.updateConditions(row, command, now, people);
    return (await this.#change(requestId, caller, apply, { isAboutPeople: true })).request;
  }

  /** Writes an event of the program itself, for example that notifications were delivered. There is no caller. */
  note(requestId: string, effectsOf: (request: ApprovalRequest) => Effects): Promise<Outcome> {
    return this.#change(requestId, null, (row) => effectsOf(lifecycle.requireRow(row)), { isSilent: true });
  }

  #change(
    requestId: string,
    caller: Caller | null,
    apply: Command["apply"],
    more: Pick<Command, "isAboutPeople" | "isComment" | "isSilent" | "countsFor"> = {},
  ): Promise<Outcome> {
    const id = idOf(requestId);
    return this.#commands.execute({ key: id, requestId: id, caller, apply, ...more });
  }

  /** One request, or null if it is unknown or the viewer may not see it. */
  async getRequest(requestId: string, viewer?: Viewer): Promise<ApprovalRequest | null> {
    const [request] = isRequestId(requestId) ? await requestsById(this.#pool, [requestId]) : [];
    return request !== undefined && (viewer === undefined || policy.mayRead(request, viewer)) ? request : null;
  }

  /**
   * Requests that wait for a decision now, soonest to expire first; at most 100 by default. With `userId`, those that
   * the user can decide; without, all that match the other filters, because the program can read the database itself.
   */
  async getPendingApprovals(
    { userId, limit, ...filter }: RequestFilter & { userId?: string | null; limit?: number } = {},
    viewer: Viewer = AUDITOR,
  ): Promise<ApprovalRequest[]> {
    const person = userId == null ? null : (await this.callerOf(userId)).viewer;
    return (await listWholePending(this.#pool, person, viewer, filter, limit ?? 100)).items;
  }

  /** Requests by filter, newest first; at most 100. */
  async getApprovals(
    filters: RequestFilter & { limit?: number } = {},
    viewer: Viewer = AUDITOR,
  ): Promise<ApprovalRequest[]> {
    return (await listWholeRequests(this.#pool, viewer, filters, filters.limit ?? 100)).items;
  }

  /** Whether the user can decide the request now. */
  async canApprove(userId: string, requestId: string): Promise<boolean> {
    const [request, { viewer }, personOf] = await Promise.all([
      this.getRequest(requestId),
      this.callerOf(userId),
      personsNamed(this.#pool, [userId]),
    ]);
    return request !== null && policy.canDecideNow(request, viewer, this.now(), personOf);
  }

  /** Statistics of the requests created in [startDate, endDate), of one requester if given. */
  getStats(startDate: Date | null = null, endDate: Date | null = null, requester: string | null = null) {
    return approvalStatistics(this.#pool, startDate, endDate, requester);
  }

  /** What one person has to decide and has decided. The person's roles come from the directory. */
  async getUserSummary(userId: string) {
    return userSummary(this.#pool, (await this.callerOf(userId)).viewer);
  }

  /** Statistics of the commands that are not executed yet. */
  commandStats(): CommandStats {
    return this.#commands.stats();
  }

  /** Why requests do not expire on time, for readiness; null if they do. */
  clockTrouble(): string | null {
    return this.#clock.trouble();
  }

  /** Starts the clock, which applies timeout actions and sends reminders on time. */
  startTimeoutChecker(): Promise<void> {
    return this.#clock.start();
  }

  stopTimeoutChecker(): Promise<void> {
    return this.#clock.stop();
  }

  /** Applies the timeout action to all expired requests now. */
  checkTimeouts(): Promise<ApprovalRequest[]> {
    return this.#clock.check();
  }

  /** Applies the timeout action to one request, if it has expired. */
  async handleTimeout(requestId: string): Promise<ApprovalRequest | null> {
    const id = idOf(requestId);
    const before = await this.getRequest(id);
    if (before === null) return null;
    const apply = (row: ApprovalRequest | undefined, now: Date) => lifecycle.expire(row ?? before, now);
    return (await this.#commands.execute({ key: id, requestId: id, caller: null, apply })).request;
  }

  /** Stops the clock. The caller that created the pool and the hub closes them. */
  async close(): Promise<void> {
    await this.#clock.stop();
  }

  /** The caller for a program that acts on behalf of a user: email and roles of the directory, no scopes. */
  async callerOf(userId: string): Promise<Caller> {
    const known = await personById(this.#pool, userId);
    return programCaller(userId, [], known?.email ?? null, known?.roles ?? []);
  }
}

/** A program that requests for others is not limited. */
const countedFor = (viewer: Viewer): Pick<Command, "countsFor"> =>
  isOrchestrator(viewer) ? {} : { countsFor: viewer.userId };

function checkGiven(path: string, text: string | null): void {
  const issues: Issue[] = [];
  if (text !== null) checkText(path, text, MAX_TEXT, issues, true);
  if (issues.length > 0) throw new ValidationError(issues);
}
