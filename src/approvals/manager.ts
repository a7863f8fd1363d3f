/**
 * The one way in for commands: every surface calls these methods. They authorise by `policy.ts` and run commands through
 * the batching executor. The API reads through `db/queries`, not through the manager; the read methods here are for
 * programs that use the manager without a server. A call without a caller comes from such a program, which is trusted
 * with the user it names. A viewer's call carries the viewer.
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
import { type Command, createExecutor, type Executor, type ExecutorStats, type Outcome } from "./commands/executor.ts";
import type { Effects } from "./effects.ts";
import * as lifecycle from "./lifecycle.ts";
import type { Destinations } from "./notices.ts";
import { goesOutside, type RecipientLimits } from "./outside-recipients.ts";
import * as policy from "./policy.ts";
import { mayBeRepeated } from "./repeats.ts";
import { sequentialId } from "./sequential-id.ts";
import { createTimeoutClock, type TimeoutClock } from "./timeout-clock.ts";
import { AUDITOR, trusted } from "./trusted.ts";
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
  /** ms between safety sweeps of the clock; default 60,000. */
  timeoutCheckInterval?: number;
  /** `false` drops the audit detail; default true. */
  enableAuditLog?: boolean;
  /**
   * Hosts to which callbacks may go (`CALLBACK_HOSTS`); null: any host, for callers with the right scope. Left out, callers
   * are trusted with the address.
   */
  callbackHosts?: readonly string[] | null;
  /** Where messages go besides the people; left out, nobody is told of anything. */
  destinations?: Destinations;
  /** How many people callers without the right to ask for others may notify outside the app; left out: any number. */
  recipientLimits?: RecipientLimits;
  /** Limits of the executor, for benchmarks. */
  maxBatch?: number;
  maxInFlight?: number;
  onError?: (error: unknown, doing: string) => void;
}

export class ApprovalManager {
  readonly #pool: Pool;
  readonly #hub: Hub;
  readonly #executor: Executor;
  readonly #clock: TimeoutClock;
  readonly #callbackHosts: readonly string[] | null | undefined;
  /** What fills in a timeout and its action where an input leaves them out. */
  readonly defaults: Defaults;

  constructor(options: ManagerOptions) {
    this.#pool = options.pool;
    this.#hub = options.hub;
    this.#executor = createExecutor({
      pool: options.pool,
      destinations: options.destinations ?? null,
      auditDetail: options.enableAuditLog ?? true,
      onChanged: (changed) => options.hub.hint(changed),
      ...(options.recipientLimits !== undefined && { recipientLimits: options.recipientLimits }),
      ...(options.maxBatch !== undefined && { maxBatch: options.maxBatch }),
      ...(options.maxInFlight !== undefined && { maxInFlight: options.maxInFlight }),
    });
    this.#callbackHosts = options.callbackHosts;
    this.defaults = { ...BUILT_IN_DEFAULTS, ...options.defaults };
    this.#clock = createTimeoutClock({
      pool: options.pool,
      hub: options.hub,
      executor: this.#executor,
      sweepIntervalMs: options.timeoutCheckInterval ?? 60_000,
      onError: options.onError ?? (() => {}),
    });
  }

  /** The database's clock as this process knows it. */
  now(): Date {
    return this.#clock.now();
  }

  /**
   * Creates a request, or returns the one that the same creator made before with the same key and the same content. Such
   * a repeat is answered whatever the rules say today: they may have changed since the request was created.
   * @throws ValidationError, ForbiddenError, or ConflictError when the creator's key has other content
   */
  async createRequest(
    input: ApprovalRequestInput,
    caller: Caller = trusted(input.requestedBy ?? "system", [SCOPES.request]),
  ): Promise<{ request: ApprovalRequest; created: boolean }> {
    try {
      return { request: await this.#create(input, caller), created: true };
    } catch (error) {
      const isRefused = error instanceof CommandError || error instanceof RecipientLimitError;
      const there = isRefused ? await this.#repeated(input, caller.viewer.userId) : null;
      if (there === null) throw error;
      return { request: there, created: false };
    }
  }

  async #create(input: ApprovalRequestInput, caller: Caller): Promise<ApprovalRequest> {
    const creator = caller.viewer.userId;
    this.#checkInput(input, caller.viewer);
    const digest = inputDigestOf(input);
    const draft = completeInput(input, creator, this.defaults);
    const { request, created } = await this.#executor.execute({
      key: JSON.stringify([creator, input.workflowId, input.jobId, input.executionId]),
      caller,
      named: namedBy(draft),
      ...(goesOutside(draft) && countedFor(caller.viewer)),
      isAboutPeople: true,
      decide(_row, now, { personOf }) {
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

  /** @throws ForbiddenError or ValidationError where a new request may not be made of this input */
  #checkInput(input: ApprovalRequestInput, viewer: Viewer): void {
    policy.authoriseInput(input, viewer, this.defaults);
    if (this.#callbackHosts === null) policy.authoriseCallback(input, viewer);
    const issues = checkRequestInput(input, viewer.userId, this.defaults);
    if (this.#callbackHosts != null) checkCallbackHost(input.callbackUrl, this.#callbackHosts, issues);
    if (issues.length > 0) throw new ValidationError(issues);
  }

  /** The request that this creator made before with the same key and the same content. */
  async #repeated(input: ApprovalRequestInput, creator: string): Promise<ApprovalRequest | null> {
    if (!mayBeRepeated(input)) return null;
    const there = await requestByKey(this.#pool, { ...input, createdBy: creator });
    return there?.inputDigest === inputDigestOf(input) ? there : null;
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
    const decide: Command["decide"] = (row, now, people, holdings) => {
      // A message outlives what a token said of roles, so the directory's roles count as they are under the lock.
      const { userId } = caller.viewer;
      const roles = caller.via === undefined ? caller.viewer.roles : (people.rolesOf(userId) ?? []);
      return lifecycle.decide(row, { ...command, viewer: { ...caller.viewer, roles } }, now, people, holdings);
    };
    return (await this.#change(requestId, caller, decide, { isAboutPeople: true })).request;
  }

  /** Withdraws an open request. `by` is the user's id, or the caller. */
  async cancel(requestId: string, by: string | Caller, reason: string | null = null): Promise<ApprovalRequest> {
    const caller = typeof by === "string" ? await this.callerOf(by) : by;
    checkGiven("reason", reason);
    return (await this.#change(requestId, caller, (row, now) => lifecycle.cancel(row, caller.viewer, reason, now)))
      .request;
  }

  /** Escalates an open request by hand, once. */
  async escalate(requestId: string, caller: Caller, reason: string | null = null): Promise<ApprovalRequest> {
    checkGiven("reason", reason);
    return (await this.#change(requestId, caller, (row, now) => lifecycle.escalate(row, caller.viewer, reason, now)))
      .request;
  }

  /** Gives an open request until a later instant. */
  async extend(requestId: string, caller: Caller, expiresAt: Date): Promise<ApprovalRequest> {
    return (await this.#change(requestId, caller, (row, now) => lifecycle.extend(row, caller.viewer, expiresAt, now)))
      .request;
  }

  /** Adds to the conversation about a request. */
  async comment(requestId: string, caller: Caller, body: string): Promise<ApprovalComment> {
    const issues: Issue[] = [];
    checkText("body", body, MAX_TEXT, issues);
    const say: Command["decide"] = (row, _now, _people, holdings) => {
      const effects = lifecycle.comment(row, caller.viewer, body, holdings);
      if (issues.length > 0) throw new ValidationError(issues);
      return effects;
    };
    return (await this.#change(requestId, caller, say, { isComment: true, ...countedFor(caller.viewer) }))
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
    const kept = issues.length > 0 ? [] : completeConditions(conditions);
    const command = { viewer: caller.viewer, conditions: kept, issues };
    const decide: Command["decide"] = (row, now, people) => lifecycle.updateConditions(row, command, now, people);
    return (await this.#change(requestId, caller, decide, { isAboutPeople: true })).request;
  }

  /** Writes what the program itself has to say of a request: that messages were delivered, say. Nobody is asked. */
  note(requestId: string, effectsOf: (request: ApprovalRequest) => Effects): Promise<Outcome> {
    return this.#change(requestId, null, (row) => effectsOf(lifecycle.present(row)), { isSilent: true });
  }

  #change(
    requestId: string,
    caller: Caller | null,
    decide: Command["decide"],
    more: Pick<Command, "isAboutPeople" | "isComment" | "isSilent" | "countsFor"> = {},
  ): Promise<Outcome> {
    const id = idOf(requestId);
    return this.#executor.execute({ key: id, requestId: id, caller, decide, ...more });
  }

  /** One request, or null where it is unknown or not the viewer's to see. */
  async getRequest(requestId: string, viewer?: Viewer): Promise<ApprovalRequest | null> {
    const [request] = isRequestId(requestId) ? await requestsById(this.#pool, [requestId]) : [];
    return request !== undefined && (viewer === undefined || policy.mayRead(request, viewer)) ? request : null;
  }

  /**
   * What waits for a decision now, soonest to expire first; at most 100 by default. With `userId` it is what that user can
   * decide; without, everything that fits the other filters: the caller is a program that has the database itself.
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

  /** Figures on the requests created in [startDate, endDate); limited to what one person asked for if given. */
  getStats(startDate: Date | null = null, endDate: Date | null = null, requester: string | null = null) {
    return approvalStatistics(this.#pool, startDate, endDate, requester);
  }

  /** What one person has to do and has done; the directory knows the person's roles. */
  async getUserSummary(userId: string) {
    return userSummary(this.#pool, (await this.callerOf(userId)).viewer);
  }

  /** The commands that are not carried out yet. */
  commandStats(): ExecutorStats {
    return this.#executor.stats();
  }

  /** Why requests are not ended on time, for readiness; null where they are. */
  clockTrouble(): string | null {
    return this.#clock.trouble();
  }

  /** Starts the clock that ends requests on time. */
  startTimeoutChecker(): Promise<void> {
    return this.#clock.start();
  }

  stopTimeoutChecker(): Promise<void> {
    return this.#clock.stop();
  }

  /** Finishes whatever is past its time now. */
  checkTimeouts(): Promise<ApprovalRequest[]> {
    return this.#clock.check();
  }

  /** Applies the timeout action to one request, if its time is over. */
  async handleTimeout(requestId: string): Promise<ApprovalRequest | null> {
    const id = idOf(requestId);
    const before = await this.getRequest(id);
    if (before === null) return null;
    const decide = (row: ApprovalRequest | undefined, now: Date) => lifecycle.expire(row ?? before, now);
    return (await this.#executor.execute({ key: id, requestId: id, caller: null, decide })).request;
  }

  /** Ends the clock; the pool and the hub belong to whoever made them. */
  async close(): Promise<void> {
    await this.#clock.stop();
  }

  /** A user in the name of whom a trusted program acts, with what the directory knows of them and no scopes. */
  async callerOf(userId: string): Promise<Caller> {
    const known = await personById(this.#pool, userId);
    return trusted(userId, [], known?.email ?? null, known?.roles ?? []);
  }
}

/** A program that asks for others is not limited. */
const countedFor = (viewer: Viewer): Pick<Command, "countsFor"> =>
  isOrchestrator(viewer) ? {} : { countsFor: viewer.userId };

function checkGiven(path: string, text: string | null): void {
  const issues: Issue[] = [];
  if (text !== null) checkText(path, text, MAX_TEXT, issues, true);
  if (issues.length > 0) throw new ValidationError(issues);
}
