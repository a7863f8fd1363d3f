/** Selects how the page shows a value of the context. Pure. */

import { visibleData } from "../../../../src/model/visible-text.ts";

export type Shape =
  | { kind: "nothing" }
  | { kind: "scalar"; text: string }
  | { kind: "instant"; at: string }
  | { kind: "text"; text: string }
  | { kind: "link"; href: string }
  | { kind: "image"; src: string }
  | { kind: "code"; text: string; language: string | null }
  | { kind: "list"; items: readonly (string | number | boolean | null)[] }
  | { kind: "table"; columns: readonly string[]; rows: readonly JsonRecord[] }
  | { kind: "record"; entries: readonly [string, unknown][] }
  | { kind: "diff"; before: unknown; after: unknown; rest: readonly [string, unknown][] }
  | { kind: "tree"; value: object };

export type JsonRecord = Record<string, unknown>;

const MAX_COLUMNS = 8;
/** Nested records are shown as fields down to this level, and as a tree below it. */
const DEEPEST_RECORD = 2;
const MAX_FIELDS = 40;

/**
 * @param key the value's name, which may hint at its kind
 * @param level the nesting level; 0 is the whole context
 */
export function shapeOf(value: unknown, key = "", level = 0): Shape {
  if (value === null || value === undefined) return { kind: "nothing" };
  if (typeof value === "string") return shapeOfText(value, key);
  if (typeof value !== "object") return { kind: "scalar", text: scalarText(value) };
  if (Array.isArray(value)) return shapeOfList(value);
  return shapeOfRecord(value as JsonRecord, level);
}

/** A number with all digits, because people decide about amounts. */
export const scalarText = (value: unknown): string =>
  value === null || value === undefined
    ? "none"
    : typeof value === "boolean"
      ? value
        ? "yes"
        : "no"
      : visibleData(String(value));

const isScalar = (value: unknown): boolean => typeof value !== "object" || value === null;
const isRecord = (value: unknown): value is JsonRecord => !isScalar(value) && !Array.isArray(value);
const isShallow = (value: unknown): boolean =>
  isScalar(value) || (Array.isArray(value) && value.length <= 5 && value.every(isScalar));

function shapeOfList(value: readonly unknown[]): Shape {
  if (value.length === 0) return { kind: "nothing" };
  if (value.every(isScalar)) return { kind: "list", items: value as (string | number | boolean | null)[] };
  if (value.every(isRecord)) {
    const columns = [...new Set(value.slice(0, 200).flatMap(Object.keys))];
    const isFlat = value.every(
      (row) => Object.values(row).every(isShallow) && Object.keys(row).every((key) => columns.includes(key)),
    );
    if (isFlat && columns.length > 0 && columns.length <= MAX_COLUMNS) return { kind: "table", columns, rows: value };
  }
  return { kind: "tree", value };
}

function shapeOfRecord(value: JsonRecord, level: number): Shape {
  const entries = Object.entries(value);
  if (entries.length === 0) return { kind: "nothing" };
  if (Object.hasOwn(value, "before") && Object.hasOwn(value, "after")) {
    const rest = entries.filter(([key]) => key !== "before" && key !== "after");
    return { kind: "diff", before: value.before, after: value.after, rest };
  }
  const { code, language } = value;
  if (typeof code === "string" && typeof language === "string" && entries.length === 2) {
    return { kind: "code", text: code, language: language.toLowerCase() };
  }
  if (level === 0 || (level <= DEEPEST_RECORD && entries.length <= MAX_FIELDS)) return { kind: "record", entries };
  return { kind: "tree", value };
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const PICTURE = /\.(png|jpe?g|gif|webp|avif)$/i;
const DATA_PICTURE = /^data:image\/(png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=]+$/;

function shapeOfText(given: string, key: string): Shape {
  const text = visibleData(given);
  // A link or picture would hide invisible characters of its address.
  if (text !== given) return codeOrText(text, key);
  if (INSTANT.test(text) && !Number.isNaN(Date.parse(text))) return { kind: "instant", at: text };
  if (DATA_PICTURE.test(text)) return { kind: "image", src: text };
  const address = webAddress(text);
  if (address !== null) {
    return address.protocol === "https:" && PICTURE.test(address.pathname)
      ? { kind: "image", src: address.href }
      : { kind: "link", href: address.href };
  }
  return codeOrText(text, key);
}

function codeOrText(text: string, key: string): Shape {
  const language = languageOf(text, key);
  return language === null ? { kind: "text", text } : { kind: "code", text, language: language || null };
}

/** The web address that a text consists of; null if it is anything else. */
export function webAddress(text: string): URL | null {
  if (!/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}

const BY_NAME: Readonly<Record<string, string>> = {
  sql: "sql",
  query: "sql",
  migration: "sql",
  statement: "sql",
  diff: "diff",
  patch: "diff",
  script: "bash",
  command: "bash",
  shell: "bash",
  sh: "bash",
  bash: "bash",
  yaml: "yaml",
  yml: "yaml",
  manifest: "yaml",
  json: "json",
  xml: "xml",
  html: "xml",
  graphql: "graphql",
  css: "css",
  ts: "typescript",
  typescript: "typescript",
  js: "javascript",
  javascript: "javascript",
  py: "python",
  python: "python",
  go: "go",
  rs: "rust",
  rust: "rust",
  java: "java",
  ini: "ini",
  toml: "ini",
  code: "",
  log: "",
  logs: "",
  output: "",
  stacktrace: "",
  trace: "",
};

/** The language of code; empty if the language is unknown, null if the text is not code. */
function languageOf(text: string, key: string): string | null {
  if (/^(diff --git |--- .+\n\+\+\+ |@@ -\d)/m.test(text)) return "diff";
  if (/^#!\s*\//.test(text)) return "bash";
  const isLong = text.includes("\n");
  if (isLong && isJson(text)) return "json";
  const last =
    key
      .split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)
      .findLast((word) => word !== "")
      ?.toLowerCase() ?? "";
  const named = Object.hasOwn(BY_NAME, last) ? (BY_NAME[last] as string) : null;
  // One or two words under such a name are not code.
  if (named !== null && (isLong || (named !== "" && /\s/.test(text.trim())))) {
    return named === "sql" && !SQL.test(text) ? (isLong ? "" : null) : named;
  }
  return isLong && SQL.test(text) && /;\s*$/.test(text) ? "sql" : null;
}

const SQL = /^\s*(--.*\n\s*)*(select|insert|update|delete|alter|create|drop|truncate|grant|revoke|with|begin)\b/i;

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const UPPER = new Set([
  "id",
  "url",
  "uri",
  "ip",
  "sql",
  "api",
  "cpu",
  "json",
  "yaml",
  "html",
  "http",
  "https",
  "aws",
  "pr",
  "ci",
  "vm",
  "eta",
  "sla",
  "usd",
  "eur",
]);

/** The name of a field for people: "pullRequestUrl" is "Pull request URL". */
export function labelOf(key: string): string {
  // A name that is not an identifier stays as it is.
  if (!/^[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*$/.test(key))
    return visibleData(key.trim() === "" ? JSON.stringify(key) : key);
  const words = key
    .split(/[_-]|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .map((word) => (UPPER.has(word.toLowerCase()) ? word.toUpperCase() : word.toLowerCase()));
  const label = words.join(" ");
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** Whether a value fits in one line with another. */
export const isWord = (value: unknown): boolean =>
  value !== undefined && isScalar(value) && !String(value).includes("\n") && String(value).length <= 60;

/** Whether a value is short enough to be shown beside its name. */
export function isBrief(shape: Shape): boolean {
  if (shape.kind === "text") return !shape.text.includes("\n") && shape.text.length <= 200;
  if (shape.kind === "diff") return shape.rest.length === 0 && isWord(shape.before) && isWord(shape.after);
  if (shape.kind === "list") return shape.items.length <= 12 && shape.items.every((item) => String(item).length <= 40);
  return ["nothing", "scalar", "instant", "link"].includes(shape.kind);
}
