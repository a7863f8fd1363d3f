/** The commands `verify-audit` and `export-audit` as processes, and their files. */

import { randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAnchors, readExport } from "../../src/audit/file.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import type { ChainedRow } from "../../src/db/queries/audit-chain.ts";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { csvLine, parseCsv } from "../../src/model/csv.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf } from "../support/approvals/requests.ts";
import { chainOf, collect, each, tamper, verifyDatabase } from "../support/audit/audit.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { startScript } from "../support/processes.ts";

const CLI = new URL("../../src/cli.ts", import.meta.url).pathname;
const FORMATS = ["jsonl", "csv"] as const;
const NASTY = '=HYPERLINK("http://example.org","x"),\r\n\u2028;"quoted" \u{1F600}';

let database: TestDatabase;
let core: Core;
let folder: string;
let requests: ApprovalRequest[];

beforeAll(async () => {
  database = await createTestDatabase();
  core = await startCore(database.url);
  folder = mkdtempSync(join(tmpdir(), "countersign-audit-"));
  requests = [];
  for (let index = 0; index < 5; index += 1) {
    const { request } = await core.manager.createRequest(inputOf(), callerOf("ann"));
    await core.manager.comment(request.id, callerOf("bob"), index === 0 ? NASTY : `-x${index}`);
    await core.manager.approve(request.id, { reason: "" }, { ...callerOf("bob"), userAgent: "@agent\t1" });
    requests.push(request);
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await core.close();
  await database.drop();
});

/** Runs the command on the test's database. */
async function countersign(...args: string[]) {
  const env = { DATABASE_URL: database.url, DATABASE_LISTEN_URL: "", LOG_LEVEL: "warn" };
  const started = startScript(CLI, args, env);
  let stdout = "";
  for (;;) {
    const line = await started.line().catch(() => undefined);
    if (line === undefined) break;
    stdout += `${line}\n`;
  }
  return { stdout, ...(await started.end()) };
}
const file = (name: string) => join(folder, name);
const verifyFile = (path: string, anchors: string | null = null) =>
  verifyAudit({ rows: readExport(path), stored: null, anchors: anchors === null ? null : readAnchors(anchors) });

describe.each(FORMATS)("an export as %s", (format) => {
  const whole = file.bind(null, `whole.${format}`);
  const anchors = file.bind(null, `anchors-${format}.jsonl`);

  beforeAll(async () => {
    const { code, stdout, stderr } = await countersign(
      ...["export-audit", "--format", format, "--out", whole(), "--anchors", anchors(), "--json"],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ rows: 15, requests: 5 });
  });

  /** Writes the export again with its lines changed; every row of the fixture but NASTY's is one line. */
  const changed = (name: string, change: (lines: string[]) => string[]): string => {
    const end = format === "csv" ? "\r\n" : "\n";
    const marker = "\u0000";
    const text = readFileSync(whole(), "utf8").replace("\r\n\u2028", marker);
    const lines = change(text.split(end).slice(0, -1));
    writeFileSync(file(name), `${lines.join(end)}${end}`.replace(marker, "\r\n\u2028"));
    return file(name);
  };
  const head = format === "csv" ? 1 : 0;

  it("has every row as in the database, and only its owner can read it", async () => {
    const read = await collect(readExport(whole()));
    const rows = (await Promise.all(requests.map(({ id }) => chainOf(database.url, id)))).flat();
    expect(read).toEqual(rows.sort((a, b) => (a.approvalRequestId < b.approvalRequestId ? -1 : 1)));
    expect(statSync(whole()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("is verified, with and without its anchors", async () => {
    const alone = await verifyFile(whole());
    expect(alone).toMatchObject({ ok: true, rows: 15, requests: 5, anchored: null });
    expect(alone.notProved.join()).toMatch(/Without --anchor an export does not show/);
    const compared = { ok: true, anchored: 5, notProved: [] };
    expect(await verifyFile(whole(), anchors())).toMatchObject(compared);
    const { code, stdout } = await countersign(
      ...["verify-audit", "--json", "--export", whole(), "--anchor", anchors()],
    );
    expect({ code, report: JSON.parse(stdout) }).toMatchObject({ code: 0, report: compared });
  });

  it("is not verified if it was changed, and the first wrong row is named", async () => {
    const at = head + 4;
    const cases: [string, (lines: string[]) => string[], object][] = [
      ["changed", (lines) => lines.with(at, (lines[at] as string).replace("-x1", "-x7")), { position: 2 }],
      ["removed", (lines) => lines.toSpliced(at, 1), { position: 2 }],
      ["added", (lines) => lines.toSpliced(at, 0, lines[at] as string), { position: 2 }],
      [
        "reordered",
        (lines) => lines.with(at, lines[at + 1] as string).with(at + 1, lines[at] as string),
        { position: 3 },
      ],
    ];
    for (const [problem, change, more] of cases) {
      const report = await verifyFile(changed(`${problem}.${format}`, change));
      const { id } = requests[1] as ApprovalRequest;
      expect(report.findings, problem).toMatchObject([{ problem, requestId: id, ...more }]);
    }
    const { code, stdout } = await countersign("verify-audit", "--export", file(`changed.${format}`));
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining("row 2 (COMMENTED): changed") });
  });

  it("without the ends of its chains is verified by itself, but not with its anchors", async () => {
    const cases: [string, (lines: string[]) => string[], number][] = [
      ["no-last-row", (lines) => lines.slice(0, -1), 3],
      ["no-first-row", (lines) => lines.toSpliced(head, 1), 1],
      ["no-last-request", (lines) => lines.slice(0, -3), 1],
    ];
    for (const [name, change, position] of cases) {
      const path = changed(`${name}.${format}`, change);
      expect(await verifyFile(path), name).toMatchObject({ ok: true });
      const { findings } = await verifyFile(path, anchors());
      expect(findings, name).toMatchObject([{ problem: "removed", position }]);
    }
  });

  it("can omit the personal fields and is still verified", async () => {
    const path = file(`plain.${format}`);
    await countersign("export-audit", "--format", format, "--no-personal", "--out", path);
    expect(readFileSync(path, "utf8")).not.toMatch(/bob@example|192\.0\.2|tests\/1\.0|agent/);
    expect(await verifyFile(path)).toMatchObject({ ok: true, erased: 15 });
  });
});

describe("an export of the audit log for a period", () => {
  it("has only the rows of that period, and is verified although it starts in the middle of chains", async () => {
    const { id } = requests[2] as ApprovalRequest;
    const [, second, third] = (await chainOf(database.url, id)) as [ChainedRow, ChainedRow, ChainedRow];
    const path = file("period.jsonl");
    const heads = file("period-anchors.jsonl");
    const period = ["--from", second.createdAt, "--to", third.createdAt];
    await countersign("export-audit", ...period, "--out", path, "--anchors", heads);
    const read = await collect(readExport(path));
    expect(read.map((row) => row.id)).toContain(second.id);
    expect(read.every((row) => row.createdAt >= second.createdAt && row.createdAt < third.createdAt)).toBe(true);
    expect(await verifyFile(path, heads)).toMatchObject({ ok: true });
    // The same heads verify the database up to them.
    const live = await verifyDatabase(database.url, await collect(readAnchors(heads)));
    expect(live).toMatchObject({ ok: true, requests: 5 });
    expect(live.notProved.join()).toMatch(/of the requests have no anchor/);
  });
});

describe("an export as CSV", () => {
  it("reads back every text that was written, in any pieces", async () => {
    const cell = fc.option(
      fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.string({ unit: fc.constantFrom(..."';\"=-,\t\n\r x") }),
        fc.constantFrom("", "'", "=1", ' "', "\r\n", ","),
      ),
    );
    const property = fc.asyncProperty(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      async (records, size) => {
        const text = records.map(csvLine).join("");
        const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
          text.slice(i * size, (i + 1) * size),
        );
        expect(await collect(parseCsv(each(pieces)))).toEqual(records);
      },
    );
    await fc.assert(property);
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "'=1"])(
    "has no cell that a spreadsheet runs: %j",
    (text) => {
      expect(csvLine(["a", text])).toMatch(/^a,"?'/);
    },
  );

  it.each([
    'x;=HYPERLINK("http://evil.example";"look")',
    "x; =1+1",
    'x;"=1+1"',
    'x;""\t@SUM(A1)',
    "x;;+1",
    "x\n=1+1",
    "x\r\n-2+3",
    "x\t＝1",
    "x;\u00a0＠1",
    ";=1",
    "x;'=1;=1",
  ])("has no cell that a spreadsheet runs if semicolons, tabs or line breaks separate cells: %j", async (text) => {
    const line = csvLine(["a", text, "b"]);
    // Quotes protect nothing there: they do not begin a cell.
    const cells = line.slice(0, -",b\r\n".length).split(/[;\t\r\n]/);
    expect(cells.filter((cell) => /^["\s]*[=+\-@＝＋－＠]/.test(cell))).toEqual([]);
    expect(await collect(parseCsv(each([line])))).toEqual([["a", text, "b"]]);
  });

  it("does not change texts with separators and without a formula, as in earlier exports", async () => {
    for (const text of ["x; y", "it's;'quoted'", "one\ntwo", "Mozilla/5.0 (X11; Linux x86_64)"]) {
      expect(csvLine([text])).toBe(`"${text}"\r\n`);
      expect(await collect(parseCsv(each([csvLine([text])])))).toEqual([[text]]);
    }
  });
});

describe("the command for the audit log", () => {
  it("reports its findings as sentences, and exits with 1", async () => {
    const { id } = requests[4] as ApprovalRequest;
    const heads = file("before.jsonl");
    await countersign("export-audit", "--anchors", heads);
    expect(await countersign("verify-audit", "--anchor", heads)).toMatchObject({
      code: 0,
      stdout: "15 rows of 5 requests were checked, 5 of them compared with anchors: all are valid.\n",
    });
    const set = "update approval_audit_log set comment = $2 where approval_request_id = $1 and chain_position = 2";
    await tamper(database.url, set, [id, "never mind"]);
    const { code, stdout } = await countersign("verify-audit");
    await tamper(database.url, set, [id, "-4"]);
    expect(code).toBe(1);
    const [first, second, third] = stdout.split("\n");
    expect(first).toMatch(`request ${id}, row 2 (COMMENTED): changed: its content does not match its hash [id `);
    expect(second).toBe("15 rows of 5 requests were checked: 1 request does not fit.");
    expect(third).toMatch(/^Without --anchor this does not show/);
  });

  it("writes the rows to standard output if no file is named", async () => {
    const { stdout, stderr } = await countersign("export-audit");
    expect(stdout.trimEnd().split("\n")).toHaveLength(15);
    expect(stderr).toBe("Exported 15 rows of 5 requests.\n");
  });

  it.each([
    [["verify-audit", "--export", "/nowhere/export.jsonl"], /ENOENT/],
    [["verify-audit", "--anchor", "/nowhere/anchors.jsonl"], /ENOENT/],
    [["verify-audit", "--export", CLI], /is not a row of an export/],
    [["verify-audit", "--nonsense"], /--nonsense/],
    [["export-audit", "--out", "/nowhere/export.jsonl"], /ENOENT/],
    [["export-audit", "--from", "yesterday"], /--from is "yesterday"; it may be a day/],
    [["export-audit", "--format", "xml"], /--format is "xml"; it may be jsonl or csv/],
  ])("exits with 4 and one line if it cannot run: %j", async (args, message) => {
    const { code, stderr } = await countersign(...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^countersign: .*\n$/);
    expect(code).toBe(4);
  });

  it.each(["jsonl", "csv"])(
    "exits with 4 on an export that is not UTF-8, rather than reporting changed rows: %s",
    async (format) => {
      const path = file(`latin-1.${format}`);
      await countersign("export-audit", "--format", format, "--out", path);
      appendFileSync(path, Buffer.of(0xe9));
      const { code, stderr } = await countersign("verify-audit", "--export", path);
      expect({ code, stderr }).toEqual({ code: 4, stderr: `countersign: ${path} is not UTF-8 text\n` });
    },
  );

  it("exits with 4 on a database that cannot be reached or lacks migrations", async () => {
    const empty = await createTestDatabase({ migrated: false });
    const on = (url: string) =>
      startScript(CLI, ["verify-audit"], { DATABASE_URL: url, DATABASE_LISTEN_URL: "" }).end();
    const unmigrated = await on(empty.url);
    expect(unmigrated).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/lacks .*0006_audit_chain.*migrate first/),
    });
    await empty.drop();
    expect(await on("postgres://nobody@127.0.0.1:1/none")).toMatchObject({ code: 4 });
  });

  it.each(["verify-audit", "export-audit"])("prints its help: %s --help", async (name) => {
    const { code, stdout } = await countersign(name, "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: countersign ${name} [\\s\\S]*Exit code: 0`));
    expect((await countersign("--help")).stdout).toContain(`  ${name} `);
  });

  it("reads the embedded database while a server runs on it, and when none does", async () => {
    const dataDir = join(folder, `data-${randomBytes(3).toString("hex")}`);
    const env = { DATABASE_URL: "", DATABASE_LISTEN_URL: "", DATA_DIR: dataDir, PORT: "0", LOG_LEVEL: "silent" };
    const server = startScript(CLI, ["serve"], { ...env, NODE_ENV: "", HOST: "", AUTH_JWT_SECRET: "" });
    await server.line();
    expect(await startScript(CLI, ["verify-audit"], env).end()).toEqual({ code: 0, stderr: "" });
    await server.end("SIGTERM");
    expect(await startScript(CLI, ["verify-audit"], env).end()).toEqual({ code: 0, stderr: "" });
  });
});
