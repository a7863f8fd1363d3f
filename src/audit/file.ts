/** Reads and writes exports of the audit log (JSON lines or CSV, one line for each row) and anchors, as streams. */

import { createReadStream } from "node:fs";
import type { ChainedRow } from "../db/queries/audit-chain.ts";
import { csvLine, parseCsv } from "../model/csv.ts";
import { parseJson } from "../model/json-text.ts";
import { decodeUtf8Pieces, NotUtf8Error } from "../model/utf8.ts";
import type { Anchor } from "./check.ts";
import type { ExportFormat } from "./formats.ts";

/** The columns of an export, in order. */
const COLUMNS = [
  "requestId",
  "position",
  "createdAt",
  "action",
  "userId",
  "userEmail",
  "ipAddress",
  "userAgent",
  "oldStatus",
  "newStatus",
  "comment",
  "metadata",
  "id",
  "previousHash",
  "hash",
  "personalDigest",
  "personalSalt",
] as const;
type Fields = Record<(typeof COLUMNS)[number], unknown>;

const fieldsOf = ({ approvalRequestId, ...row }: ChainedRow): Fields => ({ requestId: approvalRequestId, ...row });

/** The header line of the format; empty if it has none. */
export const exportHeader = (format: ExportFormat): string => (format === "csv" ? csvLine(COLUMNS) : "");

/** The line of an anchor, with its end of line. */
export const anchorLine = ({ requestId, first, length, head }: Anchor): string =>
  `${JSON.stringify({ requestId, first, length, head })}\n`;

/** The line of a row, with its end of line. */
export function exportLine(row: ChainedRow, format: ExportFormat): string {
  const fields = fieldsOf(row);
  if (format === "csv") {
    const cells = COLUMNS.map((name) => (name === "metadata" ? JSON.stringify(fields.metadata) : fields[name]));
    return csvLine(cells.map((cell) => (cell === null ? null : String(cell))));
  }
  const json = JSON.stringify(Object.fromEntries(COLUMNS.map((name) => [name, fields[name]])));
  // JSON allows these two characters unescaped, but many readers end a line there.
  return `${json.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")}\n`;
}

/** A line of a file is wrong. The message names the line. */
export class ExportFileError extends Error {
  override readonly name = "ExportFileError";
}

const isText = (value: unknown): value is string => typeof value === "string";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isId = (value: unknown): boolean => isText(value) && UUID.test(value);
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value);

/**
 * Reads the rows of an export of either format.
 * @throws ExportFileError for a wrong line; the errors of the file system
 */
export async function* readExport(path: string): AsyncGenerator<ChainedRow> {
  const format = (await startOf(path)).startsWith("{") ? "jsonl" : "csv";
  let line = 0;
  for await (const fields of format === "csv" ? csvRows(path) : jsonLines(path)) {
    line += 1;
    const missing = COLUMNS.find((name) => !(name in fields));
    const { requestId, ...row } = fields as unknown as Fields;
    const fits = missing === undefined && isId(requestId) && (row.position === null || isWhole(row.position));
    if (!fits) throw new ExportFileError(`${path}: row ${line} is not a row of an export of the audit log`);
    yield { ...row, approvalRequestId: requestId } as unknown as ChainedRow;
  }
}

/** @throws ExportFileError for a line that is not an anchor, or not in the order of the requests */
export async function* readAnchors(path: string): AsyncGenerator<Anchor> {
  let previous = "";
  let line = 0;
  for await (const fields of jsonLines(path)) {
    line += 1;
    const { requestId, first, length, head } = fields as unknown as Anchor;
    const fits = isId(requestId) && isWhole(first) && isWhole(length) && isText(head) && requestId > previous;
    if (!fits) throw new ExportFileError(`${path}: line ${line} is not an anchor, or is out of order`);
    previous = requestId;
    yield { requestId, first, length, head };
  }
}

type Parsed = Record<string, unknown>;

/** Rejects bytes that are not UTF-8: a replaced character would look like a changed row. */
async function* textOf(path: string): AsyncGenerator<string> {
  try {
    yield* decodeUtf8Pieces(createReadStream(path) as AsyncIterable<Uint8Array>);
  } catch (error) {
    throw error instanceof NotUtf8Error ? new ExportFileError(`${path} ${error.message}`) : error;
  }
}

// Not `readline`, which also ends a line at U+2028 and U+2029. JSON allows these unescaped.
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of textOf(path)) {
    const lines = piece.split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() as string;
    yield* lines;
  }
  yield rest;
}

async function* jsonLines(path: string): AsyncGenerator<Parsed> {
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    if (line.trim() !== "") yield parseLine(line, () => `${path}: line ${number} is not a JSON object`);
  }
}

function parseLine(json: string, fault: () => string): Parsed {
  try {
    const value = parseJson(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Parsed;
  } catch {
    // The error below names the line.
  }
  throw new ExportFileError(fault());
}

async function* csvRows(path: string): AsyncGenerator<Parsed> {
  let names: (string | null)[] | undefined;
  let row = 0;
  for await (const cells of parseCsv(textOf(path))) {
    if (names === undefined) {
      names = cells;
      continue;
    }
    row += 1;
    const fields: Parsed = Object.fromEntries(names.map((name, index) => [name, cells[index] ?? null]));
    const { position, metadata } = fields;
    const fault = () => `${path}: row ${row} is not a row of an export of the audit log`;
    if (cells.length !== names.length) throw new ExportFileError(fault());
    yield {
      ...fields,
      position: position === null ? null : Number(position),
      metadata: parseLine(String(metadata), fault),
    };
  }
}

async function startOf(path: string): Promise<string> {
  for await (const chunk of createReadStream(path, { encoding: "utf8", end: 3 })) return (chunk as string).trimStart();
  return "";
}
