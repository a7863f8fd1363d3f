/** Verifies the audit log and describes the result, for `countersign verify-audit`. */

import type { Finding } from "../audit/check.ts";
import { readAnchors, readExport } from "../audit/file.ts";
import { type AuditReport, verifyAudit } from "../audit/verify.ts";
import { beginSnapshot, chainedRows, storedChains } from "../db/queries/audit-chain.ts";
import { parseJson } from "../model/json-text.ts";
import { auditProgress } from "./files.ts";

/** @param file an export; undefined for the database @param anchorFile heads to compare with */
export async function auditReport(file: string | undefined, anchorFile: string | undefined): Promise<AuditReport> {
  const line = auditProgress("checked");
  const onProgress = ({ rows, requests }: { rows: number; requests: number }) => line.say(rows, requests);
  const anchors = anchorFile === undefined ? null : readAnchors(anchorFile);
  try {
    if (file !== undefined) return await verifyAudit({ rows: readExport(file), stored: null, anchors }, onProgress);
    // Only a check of the database loads its modules.
    const { withSession } = await import("./session.ts");
    return await withSession(async (session) => {
      await beginSnapshot(session);
      const rows = chainedRows(session, { from: null, to: null }, parseJson);
      return verifyAudit({ rows, stored: storedChains(session), anchors }, onProgress);
    });
  } finally {
    line.end();
  }
}

function sentenceOf({ requestId, position, action, problem, detail, rowId }: Finding): string {
  const row = position === null ? "" : `, row ${position}${action === null ? "" : ` (${action})`}`;
  return `request ${requestId}${row}: ${problem}: ${detail}${rowId === null ? "" : ` [id ${rowId}]`}`;
}

/** The lines of a report, for a terminal. */
export function* reportLines(report: AuditReport): Generator<string> {
  const { rows, requests, broken, findings, erased, anchored, notCovered } = report;
  for (const finding of findings) yield sentenceOf(finding);
  if (broken > findings.length) yield `… and ${broken - findings.length} more requests`;
  const compared = anchored === null ? "" : `, ${anchored} of them compared with anchors`;
  yield `${rows} rows of ${requests} requests were checked${compared}: ${
    broken === 0 ? "all are valid." : `${broken} ${broken === 1 ? "request does" : "requests do"} not fit.`
  }`;
  if (erased > 0)
    yield `The personal fields of ${erased} rows were erased or omitted; the rest of these rows is valid.`;
  if (notCovered !== null && notCovered > 0) {
    const [they, their] = notCovered === 1 ? ["request was", "its"] : ["requests were", "their"];
    yield `${notCovered} ${they} created before the log stated content and policy; ${their} own rows were not compared.`;
  }
  yield* report.notProved;
}
