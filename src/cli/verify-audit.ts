/** `countersign verify-audit` */

import { visibleJson } from "../model/visible-text.ts";
import { importServer } from "../server-package.ts";
import { command } from "./command.ts";
import { WHICH_DATABASE } from "./files.ts";
import { printable } from "./values.ts";

export const verifyAuditCommand = command({
  name: "verify-audit",
  about: "verify that the audit log was not tampered with",
  text:
    "Verifies that no row of the audit log was changed, removed, added or moved, and that each request and " +
    "its decisions match the log. Reports the first fault of each request.",
  options: {
    export: {
      value: "FILE",
      file: "plain",
      about: "verify a file written by export-audit, instead of the database",
    },
    anchor: {
      value: "FILE",
      file: "plain",
      about:
        "compare with heads that export-audit --anchors wrote: for a database at any earlier time, for an " +
        "export together with it. This also detects a chain that was cut short or recomputed, and a " +
        "removed request",
    },
    json: { about: "print the result as JSON" },
  },
  notes: WHICH_DATABASE,
  exits: "0 if everything is valid, 1 if something is not, 4 on an error.",
  failureCode: 4,
  examples: ["countersign verify-audit", "countersign verify-audit --export june.jsonl --anchor june.anchors"],
  async run(values) {
    const load = () => import("./audit-report.ts");
    const { auditReport, reportLines } = await importServer(load, "verify-audit");
    const report = await auditReport(values.export, values.anchor);
    console.log(values.json ? visibleJson(report) : [...reportLines(report)].map(printable).join("\n"));
    return report.ok ? 0 : 1;
  },
});
