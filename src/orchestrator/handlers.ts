/** What runs the jobs of each type in this process. */

import type { JobHandler } from "../handler/job.ts";
import { SUB_WORKFLOW } from "../model/runs.ts";
import { shown } from "./shown.ts";

export class Handlers {
  readonly #byType = new Map<string, JobHandler>();
  /** What runs sub-workflows; null before the launch. */
  #subRuns: JobHandler | null = null;
  #registered = Promise.withResolvers<void>();

  /** Those that were registered. */
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

  /** Has sub-workflows run by this. */
  runSubWorkflowsWith(subRuns: JobHandler): void {
    this.#subRuns = subRuns;
  }

  /** Resolves when the next handler is registered. */
  get registered(): Promise<void> {
    return this.#registered.promise;
  }

  /** @throws TypeError where there is one for the type already, or it is none, or one of another type */
  register(type: string, given: unknown): void {
    const handler = given as JobHandler;
    if (typeof type !== "string" || type === "") throw new TypeError("a handler's type is a text that is not empty");
    if (type === SUB_WORKFLOW) {
      throw new TypeError(`the orchestrator runs jobs of type ${SUB_WORKFLOW} itself; give the handler another type`);
    }
    if (typeof handler?.execute !== "function") {
      throw new TypeError(`the handler of type ${type} must have a method execute`);
    }
    const { type: own } = handler as { type?: unknown };
    if (own !== undefined && own !== type) {
      throw new TypeError(
        `registerHandler(${shown(type)}, …): the handler's own type is ${shown(own)}; both must be the same`,
      );
    }
    if (this.#byType.has(type)) throw new TypeError(`there is a handler of type ${type} already`);
    this.#byType.set(type, handler);
    this.#registered.resolve();
    this.#registered = Promise.withResolvers();
  }
}
