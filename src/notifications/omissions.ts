/**
 * What one rendering leaves out of a request. A message in which anything is cut, or to which the template did not bring
 * everything that an approver judges, must not decide: its only button opens the request.
 */

/** What `contextDigest` covers: what an approver judges. */
const JUDGED = ["title", "description", "context", "metadata"] as const;

/** Under this name the variables of a template carry the record; a template cannot write it. */
const RECORD = Symbol("omissions");

export class Omissions {
  #isCut = false;
  readonly #unread = new Set<string>();

  /** Notes that a filter has cut something. */
  cut(): void {
    this.#isCut = true;
  }

  /** Whether everything was brought into the message so far, and nothing was cut. */
  get none(): boolean {
    return !this.#isCut && this.#unread.size === 0;
  }

  /** The same request, of which this record knows what was looked at. */
  watch<T extends object>(request: T): T {
    const watched = { ...request };
    for (const name of JUDGED) {
      const value = (request as Record<string, unknown>)[name];
      if (isNothing(value)) continue;
      this.#unread.add(name);
      Object.defineProperty(watched, name, {
        enumerable: true,
        get: () => {
          this.#unread.delete(name);
          return value;
        },
      });
    }
    return watched;
  }

  /** The variables of a template, with this record and what it says so far as `isWhole`. */
  recordIn<T extends { request: object }>(variables: T): T {
    return Object.defineProperties({} as T, {
      ...Object.getOwnPropertyDescriptors(variables),
      request: { value: this.watch(variables.request), enumerable: true },
      isWhole: { get: () => this.none, enumerable: true },
      [RECORD]: { value: this },
    });
  }
}

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);

/** Notes a cut in the record that the variables carry, where they do. */
export function noteCut(variables: object): void {
  const record = (variables as { [RECORD]?: unknown })[RECORD];
  if (record instanceof Omissions) record.cut();
}
