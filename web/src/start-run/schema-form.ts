/** Derives form fields from the JSON Schema of a workflow's input, and the input from the fields. Pure. */

export type Schema = Readonly<Record<string, unknown>>;

/** One field of the input, and how the form shows it. */
export interface InputField {
  name: string;
  label: string;
  description: string | null;
  isRequired: boolean;
  kind: "text" | "number" | "choice" | "yes-no" | "json";
  /** The values of a choice, by the text that the form shows for each. */
  choices: Readonly<Record<string, unknown>>;
  /** The initial value, as text. */
  initial: string;
}

/** The text in the fields, by name. For "yes-no" it is `true` or empty. */
export type Draft = Readonly<Record<string, string>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
const wordsOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** The fields of the form, required ones first; null if the schema names no properties and the input must be JSON. */
export function fieldsOf(schema: Schema | null | undefined): InputField[] | null {
  const properties = schema?.properties;
  if (!isObject(properties) || Object.keys(properties).length === 0) return null;
  const required = Array.isArray(schema?.required) ? schema.required : [];
  const fields = Object.entries(properties).map(([name, given]) => fieldOf(name, given, required.includes(name)));
  return fields.sort(
    (left, right) => Number(right.isRequired) - Number(left.isRequired) || left.name.localeCompare(right.name),
  );
}

function fieldOf(name: string, given: unknown, isRequired: boolean): InputField {
  const schema = isObject(given) ? given : {};
  const choices = Array.isArray(schema.enum) ? schema.enum : [];
  const kind =
    choices.length > 0
      ? "choice"
      : schema.type === "string"
        ? "text"
        : schema.type === "number" || schema.type === "integer"
          ? "number"
          : schema.type === "boolean"
            ? "yes-no"
            : "json";
  return {
    name,
    isRequired,
    kind,
    label: wordsOf(schema.title) ?? name,
    description: wordsOf(schema.description),
    choices: Object.fromEntries(choices.map((choice) => [textOf(choice), choice])),
    initial: schema.default === undefined || schema.default === false ? "" : textOf(schema.default),
  };
}

export const draftOf = (fields: readonly InputField[]): Draft =>
  Object.fromEntries(fields.map(({ name, initial }) => [name, initial]));

/** The input, and the problems of the fields, by name. Empty fields are omitted from the input. */
export function inputOf(
  fields: readonly InputField[],
  draft: Draft,
): { input: Record<string, unknown>; problems: Record<string, string> } {
  const input: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const { name, kind, isRequired, choices } = field;
    const text = draft[name] ?? "";
    if (kind === "yes-no") {
      if (text !== "" || isRequired) input[name] = text !== "";
    } else if (text.trim() === "") {
      if (isRequired) problems[name] = "This field is required.";
    } else if (kind === "choice") input[name] = choices[text];
    else if (kind === "text") input[name] = text;
    else if (kind === "number") {
      const value = Number(text);
      if (Number.isFinite(value)) input[name] = value;
      else problems[name] = "Enter a number.";
    } else {
      const { value, problem } = jsonOf(text);
      if (problem === null) input[name] = value;
      else problems[name] = problem;
    }
  }
  return { input, problems };
}

/** Parses a JSON value that a person wrote. */
export function jsonOf(text: string): { value: unknown; problem: string | null } {
  try {
    return { value: JSON.parse(text) as unknown, problem: null };
  } catch {
    return { value: null, problem: "This is not valid JSON." };
  }
}

/** Parses a whole input that a person wrote. Default: `{}`. */
export function wholeInputOf(text: string): { input: Record<string, unknown>; problem: string | null } {
  if (text.trim() === "") return { input: {}, problem: null };
  const { value, problem } = jsonOf(text);
  if (problem !== null) return { input: {}, problem };
  return isObject(value) ? { input: value, problem: null } : { input: {}, problem: "Enter a JSON object: { … }." };
}

/**
 * Assigns the faults that the server found to their fields.
 * @returns the faults by the name of the field; "" for faults of the input as a whole
 */
export function faultsByField(
  issues: readonly { path: string; message: string }[],
  fields: readonly InputField[] | null,
): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const { path, message } of issues) {
    const below = path.startsWith("input.") ? path.slice("input.".length) : null;
    const field = fields?.find(({ name }) => below === name || below?.startsWith(`${name}.`));
    const name = path === "executionId" ? "executionId" : (field?.name ?? "");
    const text = field === undefined && path !== "executionId" ? `${path}: ${message}` : message;
    faults[name] = faults[name] === undefined ? text : `${faults[name]} ${text}`;
  }
  return faults;
}
