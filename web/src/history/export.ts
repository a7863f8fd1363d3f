/** Exports the history as CSV, page by page. Independent of React and the network. */

// Shared with the server: values that a spreadsheet would take for a formula are escaped.
import { csvLine } from "../../../src/model/csv.ts";
import type { HistoryExportQuery } from "../generated/graphql.ts";

export type ExportPage = HistoryExportQuery["approvalRequests"];
export type ExportedRequest = ExportPage["edges"][number]["node"];

/** The maximum number of rows. The page reports if older requests are not included. */
export const MAX_ROWS = 50_000;

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

// Spreadsheets need this byte order mark to recognise UTF-8.
const HEAD = `\uFEFF${csvLine(Object.keys(COLUMNS))}`;

export const rowOf = (request: ExportedRequest): string =>
  csvLine(Object.values(COLUMNS).map((read) => read(request)?.toString() ?? null));

export interface Exported {
  parts: string[];
  rows: number;
  /** Whether older requests are missing. */
  isCut: boolean;
}

/**
 * @param read reads the page after a cursor
 * @param progress called with the number of rows so far
 * @param most the maximum number of rows
 * @throws errors of `read`, and the signal's reason if it is aborted
 */
export async function exportAll(
  read: (after: string | null) => Promise<ExportPage>,
  progress: (rows: number) => void,
  signal: AbortSignal,
  most = MAX_ROWS,
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
