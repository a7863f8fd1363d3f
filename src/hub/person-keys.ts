/**
 * Keyed hashes of user ids. NOTIFY payloads contain these instead of ids, because any database login may listen. A hash
 * can be resolved only to people whom this process has added.
 */

import { createHash } from "node:crypto";

/** As `migrations/0013_notify_key.sql` computes it. */
const hashOf = (key: Buffer, id: string): string =>
  createHash("sha256").update(key).update(id, "utf8").digest("hex").slice(0, 16);

export class PersonKeys {
  /** null until it is read from the database. */
  #key: Buffer | null = null;
  /** How often each person was added. */
  readonly #known = new Map<string, number>();
  readonly #idOf = new Map<string, string>();

  /** @returns whether the key has changed */
  use(key: Buffer): boolean {
    if (this.#key?.equals(key)) return false;
    this.#key = key;
    this.#idOf.clear();
    for (const id of this.#known.keys()) this.#idOf.set(hashOf(key, id), id);
    return true;
  }

  /** Makes the person's hash resolvable until `remove` was called as often as `add`. */
  add(id: string): void {
    const times = this.#known.get(id) ?? 0;
    this.#known.set(id, times + 1);
    if (times === 0 && this.#key !== null) this.#idOf.set(hashOf(this.#key, id), id);
  }

  remove(id: string): void {
    const times = this.#known.get(id) ?? 0;
    if (times > 1) this.#known.set(id, times - 1);
    if (times !== 1) return;
    this.#known.delete(id);
    if (this.#key !== null) this.#idOf.delete(hashOf(this.#key, id));
  }

  /** The person with this hash, if this process knows one. */
  find(hash: string): string | undefined {
    return this.#idOf.get(hash);
  }
}
