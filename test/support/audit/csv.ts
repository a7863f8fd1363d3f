/** Parses a file of comma-separated values. */

import { parseCsv } from "../../../src/model/csv.ts";

export async function csvRecords(text: string): Promise<(string | null)[][]> {
  const records: (string | null)[][] = [];
  for await (const record of parseCsv(pieces(text))) records.push(record);
  return records;
}

async function* pieces(text: string) {
  yield text;
}
