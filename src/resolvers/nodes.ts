/** Finds a node by its global id. */

import { visibleAuditEntry } from "./audit.ts";
import { visibleComment } from "./comments.ts";
import type { Context } from "./context.ts";
import { badUserInput } from "./errors.ts";
import type { GlobalId, NodeType } from "./ids.ts";
import { visibleRequest } from "./requests.ts";
import { visibleRun } from "./runs.ts";

const FIND: Record<NodeType, (id: string, context: Context) => Promise<object | null>> = {
  ApprovalRequest: visibleRequest,
  ApprovalComment: visibleComment,
  AuditLogEntry: visibleAuditEntry,
  WorkflowRun: visibleRun,
};

/** The row of a parsed global id; null if it is unknown or malformed, or if the viewer may not see it. */
export const nodeOf = ({ typename, id }: GlobalId, context: Context): Promise<object | null> =>
  typename === "" ? Promise.resolve(null) : FIND[typename](id, context);

const MOST_NODES = 100;

/** @throws BAD_USER_INPUT if there are too many ids */
export function checkNodeIds<T>(ids: readonly T[]): readonly T[] {
  if (ids.length <= MOST_NODES) return ids;
  throw badUserInput(`\`ids\` may have at most ${MOST_NODES} ids, not ${ids.length}.`);
}
