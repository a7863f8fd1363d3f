/** The documents of the runs in this process. Equal documents are shared, because thousands of runs may wait with one of a few. */

import { sha256 } from "../model/json.ts";
import type { WorkflowDefinition } from "../model/runs.ts";

export class Documents {
  /** By the digest of their JSON, while a run has them. */
  readonly #known = new Map<string, WeakRef<WorkflowDefinition>>();
  readonly #unused = new FinalizationRegistry<string>((digest) => {
    if (this.#known.get(digest)?.deref() === undefined) this.#known.delete(digest);
  });

  /** An equal document, the same object each time. Do not change it. */
  shared(definition: WorkflowDefinition): WorkflowDefinition {
    const digest = sha256(JSON.stringify(definition));
    const known = this.#known.get(digest)?.deref();
    if (known !== undefined) return known;
    this.#known.set(digest, new WeakRef(definition));
    this.#unused.register(definition, digest);
    return definition;
  }
}
