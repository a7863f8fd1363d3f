/** What runs the jobs of each type in this process. */

import type { JobHandler } from "../handler/job.ts";

export class Handlers {
  readonly #byType = new Map<string, JobHandler>();
  readonly #waiting = new Map<string, PromiseWithResolvers<JobHandler>>();

  get byType(): ReadonlyMap<string, JobHandler> {
    return this.#byType;
  }

  /** @throws TypeError where there is one for the type already, or it is none */
  register(type: string, handler: JobHandler): void {
    if (typeof type !== "string" || type === "") throw new TypeError("a handler's type is a text that is not empty");
    if (typeof handler?.execute !== "function") {
      throw new TypeError(`the handler of type ${type} must have a method execute`);
    }
    if (this.#byType.has(type)) throw new TypeError(`there is a handler of type ${type} already`);
    this.#byType.set(type, handler);
    this.#waiting.get(type)?.resolve(handler);
    this.#waiting.delete(type);
  }

  /** The handler, once it is registered: a run of another process may need one that this one does not have yet. */
  of(type: string): JobHandler | Promise<JobHandler> {
    const handler = this.#byType.get(type);
    if (handler !== undefined) return handler;
    const waiting = this.#waiting.get(type) ?? Promise.withResolvers<JobHandler>();
    this.#waiting.set(type, waiting);
    return waiting.promise;
  }
}
