/** The draft of a context: names with values, or JSON. Pure. */

export interface Row {
  /** Identifies the row in the form. */
  id: number;
  name: string;
  value: string;
}

export interface ContextDraft {
  as: "rows" | "json";
  rows: readonly Row[];
  json: string;
}

type Value = Record<string, unknown>;
export type Context = { value: Value } | { fault: string };

export const EMPTY_CONTEXT: ContextDraft = { as: "rows", rows: [{ id: 0, name: "", value: "" }], json: "" };
/** Bytes. Source: docs/rules.md, "Values". */
const MAX_BYTES = 1024 * 1024;

/** The context to send, or the fault in the draft. Default: an empty object. */
export function contextOf(draft: ContextDraft): Context {
  const context = draft.as === "rows" ? fromRows(draft.rows) : fromJson(draft.json);
  if ("fault" in context) return context;
  const bytes = new TextEncoder().encode(JSON.stringify(context.value)).length;
  return bytes > MAX_BYTES ? { fault: "It is larger than 1 MiB. Link to large content instead." } : context;
}

function fromRows(rows: readonly Row[]): Context {
  const written = rows.filter(({ name, value }) => name.trim() !== "" || value.trim() !== "");
  const names = written.map(({ name }) => name.trim());
  if (names.includes("")) return { fault: "Each value needs a name." };
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return { fault: `The name ${twice} is used twice.` };
  return { value: Object.fromEntries(written.map(({ value }, index) => [names[index], plainValue(value)])) };
}

/** Converts numbers, true and false. Everything else is text, including numbers in an unusual spelling. */
export function plainValue(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "true") return true;
  if (trimmed === "false") return false;
  const number = Number(trimmed);
  return trimmed !== "" && String(number) === trimmed && Number.isFinite(number) ? number : text;
}

function fromJson(json: string): Context {
  if (json.trim() === "") return { value: {} };
  let lost: string | null = null;
  let value: unknown;
  try {
    value = JSON.parse(json, ((_key: string, found: unknown, at?: { source?: string }) => {
      if (typeof found === "number" && at?.source !== undefined && !survives(at.source, found)) lost ??= at.source;
      return found;
    }) as (key: string, value: unknown) => unknown);
  } catch (error) {
    return { fault: `This is not valid JSON: ${whatIsWrong(error as Error, json)}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { fault: "It must be an object: { … }." };
  }
  if (lost !== null) return { fault: `The number ${lost} cannot be stored exactly. Write it as text, in quotes.` };
  return { value: value as Value };
}

/** The parser's message, with line and column if it reports only a position. */
function whatIsWrong({ message }: Error, json: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  const text = message
    .replace(
      / in JSON at position .*| \(line .*\)|, "[\s\S]*"\.\.\. is not valid JSON|, \.\.\."[\s\S]*is not valid JSON/,
      "",
    )
    .replace(/^JSON\.parse: /, "")
    .replace(/\.$/, "");
  if (position === undefined) return `${text}.`;
  const before = json.slice(0, Number(position)).split("\n");
  return `${text}, in line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}.`;
}

/** Whether a number is stored exactly as it was written. */
const survives = (source: string, number: number): boolean =>
  Number.isFinite(number) && digitsOf(source) === digitsOf(String(number));

/** A decimal number in one spelling: "1.50e3" and "1500" are the same. */
function digitsOf(source: string): string {
  const [, whole = "", fraction = "", exponent = "0"] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const bare = digits.replace(/0+$/, "");
  return bare === "" ? "0" : `${bare}e${Number(exponent) - fraction.length + digits.length - bare.length}`;
}

/** Converts the draft to the other format; null if rows cannot express it. */
export function writtenAs(draft: ContextDraft, as: ContextDraft["as"]): ContextDraft | null {
  if (as === draft.as) return draft;
  const context = contextOf(draft);
  if ("fault" in context) return null;
  if (as === "json") {
    const isEmpty = Object.keys(context.value).length === 0;
    return { ...draft, as, json: isEmpty ? "" : JSON.stringify(context.value, null, 2) };
  }
  const rows = Object.entries(context.value).map(([name, value], id) => ({ id, name, value: String(value) }));
  const isSame = Object.entries(context.value).every(([name, value]) =>
    name.trim() === name && name !== "" && typeof value !== "object" ? plainValue(String(value)) === value : false,
  );
  return isSame ? { ...draft, as, rows: rows.length > 0 ? rows : EMPTY_CONTEXT.rows } : null;
}
