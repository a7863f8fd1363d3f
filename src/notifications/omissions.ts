/**
 * Records what a message omits of its request. A message that cuts something, or whose template does not use everything
 * that an approver judges, must not have buttons that decide.
 */

/** The fields that an approver judges, which `contextDigest` covers. */
const JUDGED = ["title", "description", "context", "metadata"] as const;

/** The key of the record among a template's variables; a template cannot access it. */
const RECORD = Symbol("omissions");

export class Omissions {
  #isCut = false;
  readonly #unread = new Set<string>();

  /** Records that a filter has cut something. */
  cut(): void {
    this.#isCut = true;
  }

  /** Whether everything has been used so far, and nothing was cut. */
  get isEmpty(): boolean {
    return !this.#isCut && this.#unread.size === 0;
  }

  /** The same request, with getters that record which fields were read. */
  trackReads<T extends object>(request: T): T {
    const tracked = { ...request };
    for (const name of JUDGED) {
      const value = (request as Record<string, unknown>)[name];
      if (isBlank(value)) continue;
      this.#unread.add(name);
      Object.defineProperty(tracked, name, {
        enumerable: true,
        get: () => {
          this.#unread.delete(name);
          return value;
        },
      });
    }
    return tracked;
  }

  /** The variables of a template, with this record, and its current state as `isWhole`. */
  recordIn<T extends { request: object }>(variables: T): T {
    return Object.defineProperties({} as T, {
      ...Object.getOwnPropertyDescriptors(variables),
      request: { value: this.trackReads(variables.request), enumerable: true },
      isWhole: { get: () => this.isEmpty, enumerable: true },
      [RECORD]: { value: this },
    });
  }
}

const isBlank = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);

/** Records a cut, if the variables carry a record. */
export function noteCut(variables: object): void {
  const record = (variables as { [RECORD]?: unknown })[RECORD];
  if (record instanceof Omissions) record.cut();
}
