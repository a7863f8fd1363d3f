/**
 * Global ids. A request's id is its bare UUID, the same string on every surface; the other types put their name before
 * it. Any other text belongs to no type and is treated as an unknown id.
 */

import { isRequestId } from "../model/request-id.ts";

const PREFIXES = { ApprovalComment: "comment_", AuditLogEntry: "event_", WorkflowRun: "run_" } as const;

export type NodeType = "ApprovalRequest" | keyof typeof PREFIXES;

/** The parts of a global id; `typename` is empty if it is not an id of this server. */
export interface GlobalId {
  typename: NodeType | "";
  id: string;
}

/** The global id of a row. */
export const globalId = (typename: string, id: string): string =>
  Object.hasOwn(PREFIXES, typename) ? PREFIXES[typename as keyof typeof PREFIXES] + id : id;

/** The id of a run's row: from its global id, or as the orchestrator has it. */
export const runIdIn = (id: string): string =>
  id.startsWith(PREFIXES.WorkflowRun) ? id.slice(PREFIXES.WorkflowRun.length) : id;

/** Parses a global id. */
export function parseGlobalId(id: string): GlobalId {
  if (isRequestId(id)) return { typename: "ApprovalRequest", id };
  for (const [typename, prefix] of Object.entries(PREFIXES)) {
    const rest = id.slice(prefix.length);
    if (id.startsWith(prefix) && isRequestId(rest)) return { typename: typename as NodeType, id: rest };
  }
  return { typename: "", id };
}
