/** What runs the jobs of each type in this process. */

import type { JobHandler } from "../handler/job.ts";

export class Handlers {
  readonly #byType = new Map<string, JobHandler>();

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
  }
}
