/**
 * Reads and writes CSV (RFC 4180) that is safe in spreadsheets. A text that a spreadsheet would run as a formula is written
 * with an apostrophe before it. So is a text that starts with an apostrophe, so that reading returns the original text.
 * Null is an empty cell; an empty text is a quoted one.
 *
 * In locales with a decimal comma, a spreadsheet separates cells by semicolons. Then quotes protect only the first cell of
 * a line. So a formula within a text also gets an apostrophe if a character that may separate cells precedes it.
 */

// The starts of formulas in spreadsheets, also after spaces and in full width, and the apostrophe itself.
const RISKY = /^(['\t\r\n]|\s*[=+\-@＝＋－＠])/;

/** Characters that may precede a formula within a text, as one run, and the start of the formula. */
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

/** A record, with its end of line. */
export const csvLine = (cells: readonly (string | null)[]): string => `${cells.map(cellOf).join(",")}\r\n`;

/** Parses records that `csvLine` wrote, from a text in pieces. */
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
