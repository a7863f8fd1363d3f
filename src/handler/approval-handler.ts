/**
 * The job handler of approval jobs: it creates the request, waits by subscription and returns the outcome. It is
 * stateless, so any process that runs the same job finds its request again.
 */

import { join } from "node:path";
import type { ApprovalJobConfig } from "../approvals/approval-job.ts";
import { type DemandedSource, demandedSourceOf } from "../approvals/demanded-source.ts";
import { checkJobConfig } from "../approvals/job-config.ts";
import type { ClientOptions } from "../client/client.ts";
import { missingOptions } from "../client/missing-options.ts";
import { type Issue, NotFoundError } from "../model/errors.ts";
import { type CheckpointStore, fileCheckpoints } from "./checkpoints.ts";
import { clientGateway } from "./client-gateway.ts";
import { AmbiguousJobError, isAnswer, isDeleted, isNotFound, RefusedError, RequestDeletedError } from "./errors.ts";
import type { CallOptions, GateRequest, Gateway, JobKey } from "./gateway.ts";
import type { JobContext, JobHandler, JobResult, WorkflowFacts } from "./job.ts";
import { type ManagerOptions, onManager } from "./on-manager.ts";
import {
  type ApprovalJobStatus,
  type ApprovalResult,
  demandedOf,
  getStatusMessage,
  jobResultOf,
  mapToApprovalResult,
  notAsked,
  statusOf,
} from "./outcome.ts";
import {
  buildApprovalContext,
  checkAutoApprovalConditions,
  evaluateCondition,
  getFieldValue,
  jobsInConditions,
  requestInputFor,
  withResults,
} from "./question.ts";
import {
  type ApprovalPromise,
  contextOfInput,
  type RequestApprovalInput,
  type RequestedApproval,
  refusalOf,
  requestedApproval,
  withWait,
} from "./request-approval.ts";
import { type RetiredOptions, warnOfRetiredOptions } from "./retired-options.ts";

interface CommonOptions extends RetiredOptions {
  /**
   * The type of the jobs that it runs. Several handlers in one orchestrator need different types. Default: "approval".
   */
  type?: string;
  /** The store of checkpoints. Default: that of the orchestrator, otherwise files in `checkpoints` below DATA_DIR. */
  checkpoints?: CheckpointStore;
  /**
   * APPROVER: only an approval by people is a success, for every job of this handler. One by conditions or by the
   * timeout is a final failure that names its source. A job's configuration may demand the same, but cannot disable it.
   */
  decisionSource?: DemandedSource;
  /** Called with each request after it was created and before the wait, for example to log it or to show a link. */
  onAsked?: (requestId: string, context: JobContext) => void;
}

/** The source of the approvals: an API (`url`, `token`), or a manager in this process. */
export type ApprovalHandlerOptions = CommonOptions & (ClientOptions | ManagerOptions);

type Ids = "jobId" | "workflowId" | "executionId";

/** The context of an approval job. Outside an orchestrator the three ids and the configuration are enough. */
export interface ApprovalJobContext
  extends Pick<JobContext<ApprovalJobConfig>, Ids | "config">,
    Partial<Omit<JobContext<ApprovalJobConfig>, Ids | "config">> {}

/**
 * Asks people for approval, and waits until they have decided. One handler serves a whole process: all its waits share
 * one connection. In an orchestrator it runs the jobs of type `approval`.
 *
 * @example
 * const approval = new ApprovalHandler({ url: "https://approvals.company.com/graphql", token });
 * orchestrator.registerHandler("approval", approval);
 *
 * @example
 * const { approved, message } = await approval.requestApproval({ title: "Deploy?", approvers: ["bob@company.com"] }).wait();
 */
export class ApprovalHandler implements JobHandler {
  readonly type: string;
  readonly #gateway: Gateway;
  readonly #checkpoints: CheckpointStore | undefined;
  readonly #demanded: DemandedSource | null;
  readonly #onAsked: CommonOptions["onAsked"];

  /** Does not connect; the first job does. @throws TypeError for invalid options */
  constructor(options: ApprovalHandlerOptions) {
    warnOfRetiredOptions(options);
    this.type = options.type ?? "approval";
    this.#demanded = demandedOf(options.decisionSource);
    if ("manager" in options) this.#gateway = onManager(options);
    else {
      const missing = missingOptions(options);
      if (missing !== null) throw new TypeError(`ApprovalHandler needs url and token, or manager: ${missing}.`);
      this.#gateway = clientGateway(options);
    }
    this.#onAsked = options.onAsked;
    this.#checkpoints = options.checkpoints;
  }

  /**
   * Creates the request and waits. Resolves with the outcome, or with `success: false` and `metadata.code` if the
   * request could not be created: a wrong configuration (`metadata.issues`), or an answer such as FORBIDDEN or
   * CONFLICT. Each of these results has `retryable: false`. Errors that are thrown may be retried.
   * @param given the context from an orchestrator; outside one, the ids and the configuration are enough
   * @throws UnauthenticatedError, the reason of the aborted signal (the request stays open), or an unexpected error
   *
   * @example
   * const result = await approval.execute({
   *   workflowId: "release", jobId: "approval", executionId: "7",
   *   config: { title: "Deploy 1.4.0?", notifyUsers: ["bob@company.com"] },
   * });
   * if (!result.success) throw new Error(result.error);
   * console.log(result.output.decidedBy);
   */
  execute(given: ApprovalJobContext): Promise<JobResult<ApprovalResult>>;
  execute(given: JobContext): Promise<JobResult<ApprovalResult>>;
  async execute(given: ApprovalJobContext | JobContext): Promise<JobResult<ApprovalResult>> {
    const context = completed(given, this.type);
    context.signal?.throwIfAborted();
    const { request } = context;
    // Not awaited, here and below: the job may wait for months, and its context is not needed in the meantime.
    return (request === undefined ? this.#ask(context) : this.#waitAgain(context, request)).catch(orRefused(context));
  }

  /**
   * Asks for approval in one call, for programs without an orchestrator. Await the promise for the request, or its
   * `wait` for the decision.
   * @param input `title` and at least one of `approvers`, `notifyUsers` and `notifyRoles`; docs/requests.md describes
   *   all fields
   * @param options `signal` ends the creation; a wait has a signal of its own
   * @throws RefusedError (VALIDATION with `issues`, FORBIDDEN, CONFLICT), UnauthenticatedError, or RequestTimeoutError
   *   if the server does not answer
   *
   * @example
   * const request = await approval.requestApproval({ title: "Deploy 1.4.0?", approvers: ["bob@company.com"] });
   * console.log(`Waiting for ${request.url}`);
   * const { approved, message } = await request.wait();
   * if (!approved) throw new Error(message);
   */
  requestApproval(input: RequestApprovalInput, options: { signal?: AbortSignal } = {}): ApprovalPromise {
    return withWait(this.#request(input, options.signal));
  }

  /**
   * Waits until a request is final.
   * @throws an error with code NOT_FOUND if there is no such request, or as `execute`
   */
  async waitForDecision(requestId: string, options: { signal?: AbortSignal } = {}): Promise<ApprovalResult> {
    return mapToApprovalResult(await this.#gateway.wait(requestId, null, options.signal));
  }

  validate(config: unknown, workflow?: WorkflowFacts): Issue[] {
    return checkJobConfig(config, undefined, workflow?.jobIds);
  }

  /**
   * Only the jobs that its conditions use: a gate may wait for months, and earlier outputs may be large. A subclass or
   * a callback that receives the context may read the outputs of the dependencies.
   */
  loads(config: unknown): readonly string[] | undefined {
    const isPlain = this.execute === ApprovalHandler.prototype.execute && this.#onAsked === undefined;
    return isPlain ? jobsInConditions(config) : undefined;
  }

  /**
   * The status of a job's request; NOT_FOUND if the job has not created one.
   * @param workflowId needed only if two workflows share both other ids
   * @throws AmbiguousJobError, which names them
   */
  async getStatus(jobId: string, executionId: string, workflowId?: string): Promise<ApprovalJobStatus> {
    const request = await this.#find({ jobId, executionId, workflowId });
    return request === null ? notAsked(jobId, executionId) : statusOf(request);
  }

  /**
   * Cancels a job's request. Its `execute` resolves with status CANCELLED, in any process.
   * @param requestId the request, if it is known; otherwise the handler's user must have created it
   * @throws AmbiguousJobError, or an error with code NOT_FOUND, FORBIDDEN, ALREADY_DECIDED or EXPIRED
   */
  async cancel(
    jobId: string,
    executionId: string,
    reason?: string,
    workflowId?: string,
    requestId?: string,
  ): Promise<ApprovalResult> {
    const id = requestId ?? (await this.#find({ jobId, executionId, workflowId }))?.id;
    if (id === undefined) throw new NotFoundError();
    return mapToApprovalResult(await this.#gateway.cancel(id, reason ?? null));
  }

  /** Closes the socket; running waits reject. A manager stays open. */
  close(): Promise<void> {
    return this.#gateway.close();
  }

  checkAutoApprovalConditions = checkAutoApprovalConditions;
  evaluateCondition = evaluateCondition;
  getFieldValue = getFieldValue;
  buildApprovalContext = buildApprovalContext;
  mapToApprovalResult = mapToApprovalResult;
  getStatusMessage = getStatusMessage;

  async #request(input: RequestApprovalInput, signal: AbortSignal | undefined): Promise<RequestedApproval> {
    signal?.throwIfAborted();
    try {
      const context = contextOfInput(input, this.type, signal);
      const created = await this.#create(context, {});
      this.#onAsked?.(created.request.id, context);
      return requestedApproval(this.#gateway, created, this.#demandedBy(context));
    } catch (error) {
      throw refusalOf(error, input ?? {});
    }
  }

  async #ask(context: JobContext): Promise<JobResult<ApprovalResult>> {
    const { request, created, checkpoint } = await this.#create(context, PATIENT);
    await context.asked?.(request.id);
    this.#onAsked?.(request.id, context);
    const toResult = resultWith(this.#demandedBy(context), { created, ...checkpoint });
    return request.isOpen ? this.#wait(context, request, toResult) : toResult(request);
  }

  /** Creates the request. If that is refused, an earlier call may have created it before the configuration changed. */
  async #create(context: JobContext, limits: CallOptions) {
    try {
      const issues = this.validate(context.config);
      if (issues.length > 0) throw new RefusedError("VALIDATION", "", issues);
      const checkpoint = await this.#checkpoint(context);
      const input = requestInputFor(await withResults(context));
      const options = { ...limits, signal: context.signal };
      return { ...(await this.#gateway.create(input, options)), checkpoint };
    } catch (error) {
      if (!isAnswer(error) || context.askedBefore === undefined) throw error;
      const { workflowId, jobId, executionId } = context;
      const request = await this.#find({ workflowId, jobId, executionId }, { ...limits, signal: context.signal });
      if (request === null || !(await context.askedBefore(request.id))) throw error;
      return { request, created: false, checkpoint: await this.#savedCheckpoint(context) };
    }
  }

  /** In an orchestrator the wait needs neither a token nor the creator's identity. */
  #wait<Result>(
    { waitForRequest, signal }: JobContext,
    { id, version }: GateRequest,
    toResult: (request: GateRequest) => Result,
  ): Promise<Result> {
    // This handler has just created or read the request.
    const fromGateway = () => this.#gateway.wait(id, version, signal).catch(asDeleted(id)).then(toResult);
    if (waitForRequest === undefined) return fromGateway();
    return waitForRequest(id, signal).then(toResult, (error) => {
      // The approvals may be in another database than the runs.
      if (!isNotFound(error) || isDeleted(error)) throw error;
      return fromGateway();
    });
  }

  /** Waits for the request that an earlier call created, even if the configuration has changed since. */
  async #waitAgain(context: JobContext, requestId: string): Promise<JobResult<ApprovalResult>> {
    this.#onAsked?.(requestId, context);
    const wait = context.waitForRequest ?? ((id, signal) => this.#gateway.wait(id, null, signal));
    const outcome = await wait(requestId, context.signal).catch(asDeleted(requestId));
    const checkpoint = await this.#savedCheckpoint(context);
    return jobResultOf(outcome, this.#demandedBy(context), { created: false, ...checkpoint });
  }

  #demandedBy({ config }: JobContext): DemandedSource | null {
    if (this.#demanded !== null) return this.#demanded;
    const demanded = demandedSourceOf((config as ApprovalJobConfig | null)?.decisionSource);
    // An invalid value counts as the strictest demand.
    return demanded === undefined ? "APPROVER" : demanded;
  }

  /** The checkpoint that was saved before the request was created. */
  async #savedCheckpoint(context: JobContext): Promise<{ checkpointId?: string }> {
    const { createCheckpoint } = (context.config ?? {}) as ApprovalJobConfig;
    const store = this.#checkpoints ?? context.checkpoints;
    if (!createCheckpoint || store?.find === undefined) return this.#checkpoint(context);
    const found = await store.find(context);
    return found === null ? {} : { checkpointId: found.id };
  }

  async #checkpoint(context: JobContext): Promise<{ checkpointId?: string }> {
    const { workflowId, jobId, executionId, dependencies } = context;
    const config = (context.config ?? {}) as ApprovalJobConfig;
    if (!config.createCheckpoint) return {};
    const name = config.checkpointName ?? `${workflowId}/${jobId}`;
    const files = () => fileCheckpoints(join(process.env.DATA_DIR || ".data", "checkpoints"));
    const store = this.#checkpoints ?? context.checkpoints ?? files();
    // The orchestrator's own store adds the outputs itself.
    const before = store === context.checkpoints ? {} : await context.allResults?.();
    const state = { config, dependencies, results: { ...before, ...context.results } };
    const { id } = await store.save({ name, workflowId, jobId, executionId, state });
    return { checkpointId: id };
  }

  async #find({ workflowId, ...key }: JobKey, options?: CallOptions): Promise<GateRequest | null> {
    const found = await this.#gateway.find(workflowId === undefined ? key : { ...key, workflowId }, options);
    if (found.length < 2) return found[0] ?? null;
    const workflowIds = found.map((request) => request.workflowId).sort();
    throw new AmbiguousJobError(key.jobId, key.executionId, workflowIds);
  }
}

/** A job waits for people for days, so it also waits for a server that is not available. */
const PATIENT: CallOptions = { timeoutMs: null };

/** The context of an orchestrator as it is, and any other one with the fields that it omits. */
function completed(given: ApprovalJobContext | JobContext, ownType: string): JobContext {
  const { type = ownType, dependencies = [], results = {} } = given;
  const isWhole = given.type !== undefined && given.dependencies !== undefined && given.results !== undefined;
  return isWhole ? (given as JobContext) : { ...given, type, dependencies, results };
}

/** Makes the result of a job from its request. */
const resultWith =
  (demanded: DemandedSource | null, metadata: Parameters<typeof jobResultOf>[2]) =>
  (request: GateRequest): JobResult<ApprovalResult> =>
    jobResultOf(request, demanded, metadata);

/** Converts an answer such as FORBIDDEN to the result of the job. @throws any other error */
function orRefused({ workflowId, jobId, executionId }: JobContext) {
  return (error: unknown): JobResult<ApprovalResult> => {
    if (!isAnswer(error)) throw error;
    return refused({ workflowId, jobId, executionId }, error);
  };
}

/** Converts the error of a wait for a request that existed. */
const asDeleted =
  (requestId: string) =>
  (error: unknown): never => {
    throw isNotFound(error) ? new RequestDeletedError(requestId) : error;
  };

function refused(
  { workflowId, jobId, executionId }: Pick<JobContext, Ids>,
  { code, message, issues }: { code: string; message: string; issues?: readonly Issue[] },
): JobResult<ApprovalResult> {
  const metadata = { workflowId, jobId, executionId, code, ...(issues && { issues }) };
  return { success: false, error: message, retryable: false, metadata };
}
