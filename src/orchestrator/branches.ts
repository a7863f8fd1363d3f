/**
 * Decides which jobs run next, which jobs are skipped and why, and how a run ends. Pure: the decisions depend on the
 * document and on how the jobs ended, not on when they ended. So every process that resumes the run makes the same
 * decisions. The work for a whole run is linear in the number of dependencies.
 */

import type { JobDefinition } from "../model/runs.ts";
import { toleratedBy } from "./job-conditions.ts";
import { dependenciesOf, inOrder, type JobGraph } from "./order.ts";
import type { JobOutcome, RunResult } from "./run-result.ts";

/** A job that is due. */
export interface DueJob {
  /** The job's place in the document. */
  place: number;
  job: JobDefinition;
  /** How the job ends without a call. Null: the job is called if its conditions hold. */
  outcome: JobOutcome | null;
}

interface State {
  job: JobDefinition;
  outcome: JobOutcome | null;
  /** Whether it is decided if and how the job runs. */
  isDecided: boolean;
  /** How many of its dependencies are not settled. A job is settled when it and all jobs before it have ended. */
  open: number;
  /** It has FAILED, or was skipped after a job that has FAILED. Known once it is settled. */
  carriesFailure: boolean;
}

/** Whether a job runs to its end even if its run is cancelled. */
export const outlastsCancellation = ({ runIf, compensates }: JobDefinition): boolean =>
  runIf === "always" || compensates != null;

export class Branches {
  readonly #states: State[];
  readonly #graph: JobGraph;
  /** The places of the compensations, in the order in which they run. */
  readonly #compensations: number[];
  #due: DueJob[] = [];
  #ended = 0;
  #ordinaryLeft: number;
  #status: RunResult["status"] | null = null;

  constructor(graph: JobGraph) {
    const { jobs } = graph;
    this.#graph = graph;
    this.#states = jobs.map((job) => ({
      job,
      outcome: null,
      isDecided: false,
      open: dependenciesOf(job).length,
      carriesFailure: false,
    }));
    const compensations = jobs.filter(({ compensates }) => compensates != null);
    this.#compensations = compensationOrder(jobs, compensations).map((id) => graph.placeOf(id));
    this.#ordinaryLeft = jobs.length - compensations.length;
    for (const [place, { open }] of this.#states.entries()) if (open === 0) this.#evaluate(place);
  }

  /** Whether all jobs have ended. */
  get isOver(): boolean {
    return this.#ended === this.#states.length;
  }

  /** The jobs that have become due since the last call, each once. */
  due(): DueJob[] {
    const due = this.#due.filter(({ place }) => this.#states[place]?.outcome === null);
    this.#due = [];
    return due;
  }

  /** Records how a job ended. */
  end(place: number, outcome: JobOutcome): void {
    const state = this.#states[place];
    if (state === undefined || state.outcome !== null) return;
    state.outcome = outcome;
    state.isDecided = true;
    this.#ended++;
    if (outcome.status !== "SUCCEEDED") for (const next of this.#graph.dependentsOf(place)) this.#evaluate(next);
    if (state.open === 0) this.#settle(place);
    if (state.job.compensates == null) this.#ordinaryLeft--;
    if (this.#ordinaryLeft === 0) this.#compensate();
  }

  /** How the run ends, once all jobs other than compensations have ended. */
  get status(): RunResult["status"] {
    this.#status ??= this.#statusOf();
    return this.#status;
  }

  #statusOf(): RunResult["status"] {
    const ordinary = this.#states.filter(({ job }) => job.compensates == null);
    if (ordinary.some(({ outcome }) => outcome?.status === "CANCELLED")) return "CANCELLED";
    const failed = ordinary.some(({ job, outcome }) => outcome?.status === "FAILED" && job.allowFailure !== true);
    return failed ? "FAILED" : "SUCCEEDED";
  }

  #before({ job }: State): State[] {
    return dependenciesOf(job).flatMap((id) => this.#states[this.#graph.placeOf(id)] ?? []);
  }

  /** Iterative, because a chain of a thousand jobs may be settled at the same time. */
  #settle(first: number): void {
    const settled = [first];
    for (let place = settled.pop(); place !== undefined; place = settled.pop()) {
      const state = this.#states[place] as State;
      const status = state.outcome?.status;
      state.carriesFailure =
        status === "FAILED" || (status === "SKIPPED" && this.#before(state).some((before) => before.carriesFailure));
      for (const next of this.#graph.dependentsOf(place)) {
        const { outcome } = this.#states[next] as State;
        if (--(this.#states[next] as State).open > 0) continue;
        if (outcome === null) this.#evaluate(next);
        else settled.push(next);
      }
    }
  }

  /** Decides about a job as soon as enough is known. */
  #evaluate(place: number): void {
    const state = this.#states[place] as State;
    if (state.isDecided || state.job.compensates != null) return;
    const outcome = this.#decide(state);
    if (outcome !== undefined) this.#addDue(place, outcome);
  }

  #addDue(place: number, outcome: JobOutcome | null): void {
    const state = this.#states[place] as State;
    state.isDecided = true;
    this.#due.push({ place, job: state.job, outcome });
  }

  /** @returns undefined while it is not known yet */
  #decide(state: State): JobOutcome | null | undefined {
    const { job, open } = state;
    const waitsForAll = job.runIf === "always" || job.runIf === "failed";
    if (waitsForAll && open > 0) return undefined;
    if (job.runIf === "always") return null;
    const before = this.#before(state);
    const cancelled = before.find(({ outcome }) => outcome?.status === "CANCELLED");
    if (cancelled !== undefined) return this.#blockedBy(cancelled);
    if (job.runIf === "failed") {
      if (before.some(({ carriesFailure }) => carriesFailure)) return null;
      return { status: "SKIPPED", reason: `No job before ${job.id} failed.` };
    }
    // One job that did not succeed is enough, so the job does not wait for the others.
    const tolerated = toleratedBy(job);
    const blocking = before.find((dependency) => {
      const status = dependency.outcome?.status;
      return status !== undefined && status !== "SUCCEEDED" && !tolerated.has(dependency.job.id);
    });
    if (blocking !== undefined) return this.#blockedBy(blocking);
    return open > 0 ? undefined : null;
  }

  /** How a job ends that depends on a job without success. The reason names the job that caused it. */
  #blockedBy(blocking: State): JobOutcome {
    const { job, outcome } = blocking;
    const why = outcome?.error ?? outcome?.reason ?? "no reason was given";
    if (outcome?.status === "CANCELLED") return { status: "CANCELLED", reason: outcome.reason ?? why };
    if (outcome?.status === "FAILED") return { status: "SKIPPED", reason: `${job.id} failed: ${why}` };
    const isOfAnother = this.#isBlocked(blocking);
    const reason = outcome?.reason ?? why;
    return { status: "SKIPPED", reason: isOfAnother ? reason : `${job.id} was skipped: ${reason}` };
  }

  /** Whether a skipped job was skipped for a job before it rather than by its own rule. */
  #isBlocked(state: State): boolean {
    const { job } = state;
    if (job.runIf === "always" || job.runIf === "failed" || job.compensates != null) return false;
    const tolerated = toleratedBy(job);
    return this.#before(state).some(
      (before) => before.outcome !== null && before.outcome.status !== "SUCCEEDED" && !tolerated.has(before.job.id),
    );
  }

  /** Runs the compensations one after the other, once all other jobs have ended. */
  #compensate(): void {
    for (const place of this.#compensations) {
      const state = this.#states[place] as State;
      if (state.outcome !== null) continue;
      const outcome = this.status === "SUCCEEDED" ? NOTHING_TO_UNDO : this.#whyNotCompensated(state);
      if (!state.isDecided) this.#addDue(place, outcome);
      if (outcome === null) return;
    }
  }

  #whyNotCompensated(state: State): JobOutcome | null {
    const missing = this.#before(state).find(({ outcome }) => outcome?.status !== "SUCCEEDED");
    if (missing === undefined) return null;
    const { job, outcome } = missing;
    const what = outcome?.status === "FAILED" ? "failed" : "did not run";
    const more = job.id === state.job.compensates ? ", so there is nothing to undo" : "";
    return { status: "SKIPPED", reason: `${job.id} ${what}${more}.` };
  }
}

const NOTHING_TO_UNDO: JobOutcome = { status: "SKIPPED", reason: "The run succeeded, so there is nothing to undo." };

/** The ids of the compensations in their order: the reverse of the order of the jobs that they undo. */
function compensationOrder(jobs: readonly JobDefinition[], compensations: readonly JobDefinition[]): string[] {
  if (compensations.length === 0) return [];
  const places = new Map(inOrder(jobs).map(({ id }, place) => [id, place]));
  const placeOf = ({ compensates }: JobDefinition) => places.get(compensates ?? "") ?? 0;
  return compensations
    .toReversed()
    .sort((a, b) => placeOf(b) - placeOf(a))
    .map(({ id }) => id);
}
