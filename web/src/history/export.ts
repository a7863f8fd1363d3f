/** The history as CSV, read page by page. Pure of React and of the network. */

// The server's own rules: what a spreadsheet would take for a formula is written as text.
import { csvLine } from "../../../src/model/csv.ts";
import type { HistoryExportQuery } from "../generated/graphql.ts";

export type ExportPage = HistoryExportQuery["approvalRequests"];
export type ExportedRequest = ExportPage["edges"][number]["node"];

/** The longest export; what is older is left out, and the page says so. */
export const MOST_ROWS = 50_000;

const COLUMNS: Readonly<Record<string, (request: ExportedRequest) => string | number | null | undefined>> = {
  id: (request) => request.id,
  title: (request) => request.title,
  description: (request) => request.description,
  status: (request) => request.status,
  workflow: (request) => request.workflowId,
  job: (request) => request.jobId,
  execution: (request) => request.executionId,
  requested_by: (request) => request.requestedBy,
  created_at: (request) => request.createdAt,
  expires_at: (request) => request.expiresAt,
  decided_at: (request) => request.decidedAt,
  decided_by: (request) => request.decidedBy,
  decided_through: (request) => request.decisionSource,
  comment: (request) => request.comment,
  approvals_required: (request) => request.approvalsRequired,
  approvers: (request) => request.approvers.join("; "),
};

// A spreadsheet reads UTF-8 only behind this mark.
const HEAD = `\uFEFF${csvLine(Object.keys(COLUMNS))}`;

export const rowOf = (request: ExportedRequest): string =>
  csvLine(Object.values(COLUMNS).map((read) => read(request)?.toString() ?? null));

export interface Exported {
  parts: string[];
  rows: number;
  /** Whether there would have been more. */
  isCut: boolean;
}

/**
 * @param read a page behind a cursor
 * @param progress hears how many rows there are so far
 * @param most where it ends
 * @throws what `read` throws, and the signal's reason once it is aborted
 */
export async function exportAll(
  read: (after: string | null) => Promise<ExportPage>,
  progress: (rows: number) => void,
  signal: AbortSignal,
  most = MOST_ROWS,
): Promise<Exported> {
  const parts = [HEAD];
  let rows = 0;
  let after: string | null = null;
  for (;;) {
    signal.throwIfAborted();
    const { edges, pageInfo }: ExportPage = await read(after);
    signal.throwIfAborted();
    const taken = edges.slice(0, most - rows);
    parts.push(taken.map(({ node }) => rowOf(node)).join(""));
    rows += taken.length;
    progress(rows);
    const isCut = rows >= most && (pageInfo.hasNextPage || taken.length < edges.length);
    if (isCut || !pageInfo.hasNextPage) return { parts, rows, isCut };
    after = pageInfo.endCursor ?? null;
  }
}

/** "approvals-2026-11-22.csv" */
export const fileName = (day: string): string => `approvals-${day}.csv`;
