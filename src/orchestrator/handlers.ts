/** The handlers of this process, by job type. */

import type { JobHandler } from "../handler/job.ts";
import { SUB_WORKFLOW } from "../model/runs.ts";
import { excerpt } from "./excerpt.ts";

export class Handlers {
  readonly #byType = new Map<string, JobHandler>();
  /** The handler of sub-workflows; null before the launch. */
  #subRuns: JobHandler | null = null;
  #registered = Promise.withResolvers<void>();

  /** The registered handlers. */
  get byType(): ReadonlyMap<string, JobHandler> {
    return this.#byType;
  }

  /** All types that this process has handlers for. */
  get types(): string[] {
    return [...this.#byType.keys(), SUB_WORKFLOW];
  }

  /** The handler of a type, built in or registered. */
  of(type: string): JobHandler | undefined {
    return type === SUB_WORKFLOW ? (this.#subRuns ?? undefined) : this.#byType.get(type);
  }

  /** Sets the handler of sub-workflows. */
  runSubWorkflowsWith(subRuns: JobHandler): void {
    this.#subRuns = subRuns;
  }

  /** Resolves when the next handler is registered. */
  get registered(): Promise<void> {
    return this.#registered.promise;
  }

  /** @throws TypeError if the type already has a handler, or `given` is not a handler of this type */
  register(type: string, given: unknown): void {
    const handler = given as JobHandler;
    if (typeof type !== "string" || type === "")
      throw new TypeError(`the type of a handler must be a string that is not empty, not ${excerpt(type)}`);
    if (type === SUB_WORKFLOW) {
      throw new TypeError(`the orchestrator runs jobs of type ${SUB_WORKFLOW} itself; give the handler another type`);
    }
    if (typeof handler?.execute !== "function") {
      throw new TypeError(`the handler of type ${type} must have a method execute`);
    }
    const { type: own } = handler as { type?: unknown };
    if (own !== undefined && own !== type) {
      throw new TypeError(
        `registerHandler(${excerpt(type)}, …): the handler's own type is ${excerpt(own)}; both must be the same`,
      );
    }
    if (this.#byType.has(type)) throw new TypeError(`a handler of type ${type} is already registered`);
    this.#byType.set(type, handler);
    this.#registered.resolve();
    this.#registered = Promise.withResolvers();
  }
}
