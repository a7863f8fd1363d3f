/** Collects the values of a query that is composed of conditions. Values never become part of the text. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Adds a value and returns its placeholder, as in `$3`. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Joins conditions with AND. Without conditions it is true. */
export const allOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? "true" : conditions.map((condition) => `(${condition})`).join(" and ");
