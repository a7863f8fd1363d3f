/** `countersign verify-audit` */

import type { Finding } from "../audit/check.ts";
import { readAnchors, readExport } from "../audit/file.ts";
import { type AuditReport, verifyAudit } from "../audit/verify.ts";
import { beginSnapshot, chainedRows, storedChains } from "../db/queries/audit-chain.ts";
import { parseJson } from "../model/json-text.ts";
import { visibleJson } from "../model/visible-text.ts";
import { command } from "./command.ts";
import { auditProgress, WHICH_DATABASE } from "./files.ts";
import { printable } from "./values.ts";

async function check(file: string | undefined, anchorFile: string | undefined): Promise<AuditReport> {
  const line = auditProgress("checked");
  const onProgress = ({ rows, requests }: { rows: number; requests: number }) => line.say(rows, requests);
  const anchors = anchorFile === undefined ? null : readAnchors(anchorFile);
  try {
    if (file !== undefined) return await verifyAudit({ rows: readExport(file), stored: null, anchors }, onProgress);
    // Only commands that read the database load its modules.
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

function* textOf(report: AuditReport): Generator<string> {
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
    const report = await check(values.export, values.anchor);
    console.log(values.json ? visibleJson(report) : [...textOf(report)].map(printable).join("\n"));
    return report.ok ? 0 : 1;
  },
});
