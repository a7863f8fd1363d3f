/** Rows of `approval_comments`. */

import type { CommentHead } from "../../model/approvals.ts";
import type { Queryable } from "../query.ts";
import type { Page } from "./find-page.ts";

/** Most bytes of a text that is read with its row. */
const SHORT = 8_192;
const COLUMNS = `c.id, c.approval_request_id as "approvalRequestId", c.author, c.created_at as "createdAt",
  octet_length(c.body) as "bodyBytes", case when octet_length(c.body) <= ${SHORT} then c.body end as body`;

/** Most bytes of the comments that are read together. */
const MOST_BYTES = 1024 * 1024;

/**
 * The newest comments on these requests, oldest first. For each request at most `last`, and at most a megabyte of text in
 * total; the newest one is always included.
 */
export async function newestComments(
  db: Queryable,
  requestIds: readonly string[],
  last: number,
): Promise<CommentHead[]> {
  const { rows } = await db.query<CommentHead>({
    name: "newest-comments",
    text: `select ${COLUMNS}
             from unnest($1::uuid[]) asked(id)
            cross join lateral (
              select n.*, row_number() over newest as place, sum(octet_length(n.body)) over newest as bytes
                from (select * from approval_comments where approval_request_id = asked.id
                       order by created_at desc, id desc limit $2) n
              window newest as (order by n.created_at desc, n.id desc)) c
            where c.place = 1 or c.bytes <= ${MOST_BYTES}
            order by c.created_at, c.id`,
    values: [requestIds, last],
  });
  return rows;
}

/**
 * A page of the comments on a request, oldest first. It ends early if the texts would exceed a megabyte in total.
 * @param after the page starts after the comment with this id
 */
export async function commentPage(
  db: Queryable,
  requestId: string,
  after: string | null,
  first: number,
): Promise<Page<CommentHead>> {
  const { rows } = await db.query<CommentHead & { bytes: number }>({
    name: "comment-page",
    text: `select ${COLUMNS}, sum(octet_length(c.body)) over (order by c.created_at, c.id) as bytes
             from (select * from approval_comments
                    where approval_request_id = $1
                      and ($2::uuid is null
                           or (created_at, id) > (select a.created_at, a.id from approval_comments a where a.id = $2))
                    order by created_at, id limit $3) c
            order by c.created_at, c.id`,
    values: [requestId, after, first + 1],
  });
  const fitting = rows.filter(({ bytes }, index) => index < first && (index === 0 || bytes <= MOST_BYTES));
  return { items: fitting.map(({ bytes: _, ...comment }) => comment), hasNextPage: rows.length > fitting.length };
}

/** The comments with these ids, in no order. */
export async function commentsById(db: Queryable, ids: readonly string[]): Promise<CommentHead[]> {
  const { rows } = await db.query<CommentHead>(
    `select ${COLUMNS} from approval_comments c where c.id = any ($1::uuid[])`,
    [ids],
  );
  return rows;
}

/** The texts of these comments, in no order. */
export async function commentBodies(db: Queryable, ids: readonly string[]): Promise<{ id: string; body: string }[]> {
  const { rows } = await db.query<{ id: string; body: string }>(
    "select c.id, c.body from approval_comments c where c.id = any ($1::uuid[])",
    [ids],
  );
  return rows;
}
