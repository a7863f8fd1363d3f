/** Rows of `approval_comments`. */

import type { ApprovalComment } from "../../approvals/model.ts";
import type { Queryable } from "./requests.ts";

const COLUMNS = `id, approval_request_id as "approvalRequestId", author, body, created_at as "createdAt"`;

/** The comments on these requests, oldest first. */
export async function commentsOf(db: Queryable, requestIds: readonly string[]): Promise<ApprovalComment[]> {
  const { rows } = await db.query<ApprovalComment>(
    `select ${COLUMNS} from approval_comments where approval_request_id = any ($1::uuid[]) order by created_at, id`,
    [requestIds],
  );
  return rows;
}

/** The comments with these ids, in no order. */
export async function commentsById(db: Queryable, ids: readonly string[]): Promise<ApprovalComment[]> {
  const { rows } = await db.query<ApprovalComment>(
    `select ${COLUMNS} from approval_comments where id = any ($1::uuid[])`,
    [ids],
  );
  return rows;
}
