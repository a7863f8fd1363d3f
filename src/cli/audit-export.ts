/** Writes the audit log of a period, for `countersign export-audit`. */

import { exportAudit } from "../audit/export.ts";
import type { ExportFormat } from "../audit/formats.ts";
import { beginSnapshot, chainedRows } from "../db/queries/audit-chain.ts";
import { parseJson } from "../model/json-text.ts";
import { auditProgress, type Output, outputFile, standardOutput } from "./files.ts";
import { withSession } from "./session.ts";

export interface ExportRequest {
  /** Rows from this time; null for all. */
  from: Date | null;
  /** Rows before this time; null for all. */
  to: Date | null;
  format: ExportFormat;
  /** A path. Default: standard output. */
  out: string | undefined;
  /** A path for the heads of the chains. Default: not written. */
  anchors: string | undefined;
  /** `false` omits email, IP address and user agent. */
  personal: boolean;
}

/** Writes complete files, or none if it fails. @returns the number of rows and requests */
export async function writeExport(request: ExportRequest): ReturnType<typeof exportAudit> {
  const { from, to, format, personal } = request;
  const line = auditProgress("exported");
  const onProgress = ({ rows, requests }: { rows: number; requests: number }) => line.say(rows, requests);
  const opened: Output[] = [];
  const openFile = async (path: string | undefined): Promise<Output | null> => {
    const file = path === undefined ? null : await outputFile(path);
    if (file !== null) opened.push(file);
    return file;
  };
  try {
    const out = (await openFile(request.out)) ?? standardOutput();
    const anchors = await openFile(request.anchors);
    const done = await withSession(async (session) => {
      await beginSnapshot(session);
      const rows = chainedRows(session, { from, to }, parseJson);
      return exportAudit(rows, { format, out, anchors, personal, onProgress });
    });
    for (const file of opened) await file.close();
    return done;
  } catch (error) {
    for (const file of opened) await file.discard();
    throw error;
  } finally {
    line.end();
  }
}
