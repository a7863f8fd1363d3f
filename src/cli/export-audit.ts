/** `countersign export-audit` */

import { exportAudit } from "../audit/export.ts";
import { EXPORT_FORMATS } from "../audit/file.ts";
import { beginSnapshot, chainedRows } from "../db/queries/audit-chain.ts";
import { parseJson } from "../model/json-text.ts";
import { command } from "./command.ts";
import { auditProgress, type Output, outputFile, standardOutput, WHICH_DATABASE } from "./files.ts";
import { instantOf } from "./values.ts";

export const exportAuditCommand = command({
  name: "export-audit",
  about: "write the audit log of a period as JSON lines or CSV",
  text: "Writes the audit log, request by request, in a form that verify-audit --export can check.",
  options: {
    from: { value: "TIME", about: "rows from this time: 2025-06-01 (UTC) or 2025-06-01T12:00:00Z" },
    to: { value: "TIME", about: "rows before this time" },
    format: {
      value: "FORMAT",
      choices: EXPORT_FORMATS,
      about: "default jsonl; in CSV an apostrophe precedes values that a spreadsheet might execute",
    },
    out: { value: "FILE", file: "plain", about: "default standard output" },
    anchors: {
      value: "FILE",
      file: "plain",
      about:
        "also write the head of each exported chain. Stored where nobody with write access to the " +
        "database can write, it lets verify-audit --anchor detect a chain that was cut short or " +
        "recomputed later",
    },
    "no-personal": { about: "omit email, IP address and user agent; the export can still be verified" },
    json: { about: "print the result as JSON" },
  },
  notes: WHICH_DATABASE,
  exits: "0, or 4 if the export failed.",
  failureCode: 4,
  examples: [
    "countersign export-audit --from 2025-06-01 --to 2025-07-01 --out june.jsonl --anchors june.anchors",
    "countersign export-audit --format csv --no-personal > audit.csv",
  ],
  async run(values) {
    const period = { from: instantOf("--from", values.from), to: instantOf("--to", values.to) };
    const format = (values.format ?? "jsonl") as (typeof EXPORT_FORMATS)[number];
    const line = auditProgress("exported");
    const onProgress = ({ rows, requests }: { rows: number; requests: number }) => line.say(rows, requests);
    const opened: Output[] = [];
    const openFile = async (path: string | undefined): Promise<Output | null> => {
      const file = path === undefined ? null : await outputFile(path);
      if (file !== null) opened.push(file);
      return file;
    };
    try {
      const out = (await openFile(values.out)) ?? standardOutput();
      const anchors = await openFile(values.anchors);
      // Only commands that read the database load its modules.
      const { withSession } = await import("./session.ts");
      const done = await withSession(async (session) => {
        await beginSnapshot(session);
        const rows = chainedRows(session, period, parseJson);
        return exportAudit(rows, { format, out, anchors, personal: !values["no-personal"], onProgress });
      });
      for (const file of opened) await file.close();
      const summary = `Exported ${done.rows} rows of ${done.requests} requests.`;
      // The rows may go to standard output.
      (values.out === undefined ? console.error : console.log)(values.json ? JSON.stringify(done) : summary);
    } catch (error) {
      for (const file of opened) await file.discard();
      throw error;
    } finally {
      line.end();
    }
    return 0;
  },
});
