/** `countersign export-audit` */

import { EXPORT_FORMATS, type ExportFormat } from "../audit/formats.ts";
import { importServer } from "../server-package.ts";
import { command } from "./command.ts";
import { WHICH_DATABASE } from "./files.ts";
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
    const load = () => import("./audit-export.ts");
    const { writeExport } = await importServer(load, "export-audit");
    const done = await writeExport({
      ...period,
      format: (values.format ?? "jsonl") as ExportFormat,
      out: values.out,
      anchors: values.anchors,
      personal: !values["no-personal"],
    });
    const summary = `Exported ${done.rows} rows of ${done.requests} requests.`;
    // The rows may go to standard output.
    (values.out === undefined ? console.error : console.log)(values.json ? JSON.stringify(done) : summary);
    return 0;
  },
});
