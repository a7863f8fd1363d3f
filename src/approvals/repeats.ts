/** Checks whether an input can have created a request earlier, under the rules of another version. */

import type { ApprovalRequestInput } from "../model/approvals.ts";
import { faultOfText } from "../model/json.ts";

/** More levels than any stored input has. */
const DEEPEST = 200;

/** Whether the value is JSON. The depth limit also stops at a cycle. */
function isJson(root: unknown): boolean {
  const open = [{ value: root, depth: 0 }];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { value, depth } = node;
    if (value === null || typeof value === "boolean" || Number.isFinite(value)) continue;
    if (typeof value === "string" && value.isWellFormed()) continue;
    const prototype = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
    const isPlain = prototype === null || prototype === Object.prototype || Array.isArray(value);
    if (!isPlain || depth === DEEPEST) return false;
    for (const [key, child] of Object.entries(value as object)) {
      if (!key.isWellFormed()) return false;
      open.push({ value: child, depth: depth + 1 });
    }
  }
  return true;
}

/**
 * Whether a request with this input can be in the database: its key is text that PostgreSQL stores, and the rest is
 * JSON, so that it has a digest.
 */
export const mayBeRepeated = (input: ApprovalRequestInput): boolean =>
  [input.workflowId, input.jobId, input.executionId].every(
    (id) => typeof id === "string" && faultOfText(id) === null,
  ) && Object.values(input).every((value) => value === undefined || isJson(value));
