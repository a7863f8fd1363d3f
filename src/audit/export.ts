/** Exports the audit log of a period and the heads of its chains as streams. */

import type { ChainedRow } from "../db/queries/audit-chain.ts";
import type { Anchor } from "./check.ts";
import { anchorLine, exportHeader, exportLine } from "./file.ts";
import type { ExportFormat } from "./formats.ts";
import type { Progress } from "./verify.ts";

/** The destination of an export. A write resolves when the next one may follow. */
export interface TextSink {
  write(text: string): Promise<void>;
}

export interface ExportOptions {
  format: ExportFormat;
  out: TextSink;
  /** Receives the head of each chain that has rows in the export. */
  anchors: TextSink | null;
  /** `false` omits the email, IP address, user agent and salt. The export can still be verified. */
  personal: boolean;
  onProgress?: (progress: Progress) => void;
}

const CHUNK_CHARACTERS = 65_536;
const NOT_PERSONAL = { userEmail: null, ipAddress: null, userAgent: null, personalSalt: null };

/** @param rows in the order of their requests, as `chainedRows` returns them */
export async function exportAudit(rows: AsyncIterable<ChainedRow>, options: ExportOptions): Promise<Progress> {
  const { format, out, anchors, personal, onProgress } = options;
  const done: Progress = { rows: 0, requests: 0 };
  let chunk = exportHeader(format);
  let requestId = "";
  let anchor = null as Anchor | null;
  const endChain = async () => {
    if (anchor !== null) await anchors?.write(anchorLine(anchor));
    anchor = null;
  };
  for await (const row of rows) {
    if (row.approvalRequestId !== requestId) {
      await endChain();
      requestId = row.approvalRequestId;
      done.requests += 1;
    }
    if (row.position !== null && row.hash !== null) {
      anchor = { requestId, first: anchor?.first ?? row.position, length: row.position, head: row.hash };
    }
    done.rows += 1;
    chunk += exportLine(personal ? row : { ...row, ...NOT_PERSONAL }, format);
    if (chunk.length >= CHUNK_CHARACTERS) {
      await out.write(chunk);
      chunk = "";
      onProgress?.(done);
    }
  }
  await endChain();
  await out.write(chunk);
  onProgress?.(done);
  return done;
}
