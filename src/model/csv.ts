/**
 * CSV by RFC 4180 that a spreadsheet does not run: a text that it would take for a formula is written behind an
 * apostrophe, as is one that begins with an apostrophe, so that reading gives back what was written. Null is an empty
 * cell, an empty text a quoted one.
 *
 * A spreadsheet of a country that writes decimals with a comma separates cells by semicolons, and then quotes protect
 * nothing but a whole line's first cell. So an apostrophe stands before a formula within a text too, behind whatever may
 * separate cells.
 */

// What spreadsheets take for a formula, also behind blanks and in full width; and our own mark.
const RISKY = /^(['\t\r\n]|\s*[=+\-@＝＋－＠])/;

/** What may stand between a separator and the beginning of a formula, as one run, and that beginning. */
const RUN = /([';"\s]+)([=+\-@＝＋－＠])?/g;
const SEPARATOR = /[;\t\r\n]/g;
const GUARDED_SEPARATOR = /([;\t\r\n])'/g;

const guarded = (text: string): string =>
  text.replace(RUN, (whole, run: string, formula?: string) =>
    formula === undefined ? whole : run.replace(SEPARATOR, "$&'") + formula,
  );
const unguarded = (text: string): string =>
  text.replace(RUN, (whole, run: string, formula?: string) =>
    formula === undefined ? whole : run.replace(GUARDED_SEPARATOR, "$1") + formula,
  );

function cellOf(value: string | null): string {
  if (value === null) return "";
  const safe = `${RISKY.test(value) ? "'" : ""}${guarded(value)}`;
  return safe === "" || /[",;\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One record, with its end of line. */
export const csvLine = (cells: readonly (string | null)[]): string => `${cells.map(cellOf).join(",")}\r\n`;

/** The records of what `csvLine` wrote, from a text that comes in pieces. */
export async function* parseCsv(pieces: AsyncIterable<string>): AsyncGenerator<(string | null)[]> {
  let cells: (string | null)[] = [];
  let cell = "";
  let state: "start" | "plain" | "quoted" | "quote" = "start";
  const endCell = () => {
    const quoted = state === "quote";
    cells.push(cell === "" && !quoted ? null : unguarded(cell.startsWith("'") ? cell.slice(1) : cell));
    cell = "";
    state = "start";
  };
  for await (const piece of pieces) {
    let from = 0;
    while (from < piece.length) {
      const char = piece[from] as string;
      if (state === "quoted") {
        const to = piece.indexOf('"', from);
        cell += to < 0 ? piece.slice(from) : piece.slice(from, to);
        if (to >= 0) state = "quote";
        from = to < 0 ? piece.length : to + 1;
        continue;
      }
      from += 1;
      if (char === '"' && state === "quote") {
        cell += '"';
        state = "quoted";
      } else if (char === '"' && state === "start") state = "quoted";
      else if (char === ",") endCell();
      else if (char === "\n") {
        endCell();
        yield cells;
        cells = [];
      } else if (char !== "\r") {
        cell += char;
        if (state === "start") state = "plain";
      }
    }
  }
  if (cells.length > 0 || cell !== "" || state !== "start") {
    endCell();
    yield cells;
  }
}
