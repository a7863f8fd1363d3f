/** A form from the JSON Schema of a workflow's input, and the input that comes of it. Pure. */

export type Schema = Readonly<Record<string, unknown>>;

/** One field of the input, and how it is asked for. */
export interface InputField {
  name: string;
  label: string;
  description: string | null;
  isRequired: boolean;
  kind: "text" | "number" | "choice" | "yes-no" | "json";
  /** Of a choice: the values, by the text that is shown of each. */
  choices: Readonly<Record<string, unknown>>;
  /** What it holds at first, as a text. */
  initial: string;
}

/** What is written in the fields, by name; of "yes-no" it is `true` or nothing. */
export type Draft = Readonly<Record<string, string>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
const wordsOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** The fields of the form, those that must be filled first; null where the input is better written as JSON. */
export function fieldsOf(schema: Schema | null | undefined): InputField[] | null {
  const properties = schema?.properties;
  if (!isObject(properties) || Object.keys(properties).length === 0) return null;
  const required = Array.isArray(schema?.required) ? schema.required : [];
  const fields = Object.entries(properties).map(([name, given]) => fieldOf(name, given, required.includes(name)));
  return fields.sort(
    (one, other) => Number(other.isRequired) - Number(one.isRequired) || one.name.localeCompare(other.name),
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
    ...{ name, isRequired, kind, label: wordsOf(schema.title) ?? name, description: wordsOf(schema.description) },
    choices: Object.fromEntries(choices.map((choice) => [textOf(choice), choice])),
    initial: schema.default === undefined || schema.default === false ? "" : textOf(schema.default),
  };
}

export const draftOf = (fields: readonly InputField[]): Draft =>
  Object.fromEntries(fields.map(({ name, initial }) => [name, initial]));

/** The input, and what is wrong with the fields, by name. What is left empty is left out. */
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
      if (isRequired) problems[name] = "Fill this in.";
    } else if (kind === "choice") input[name] = choices[text];
    else if (kind === "text") input[name] = text;
    else if (kind === "number") {
      const value = Number(text);
      if (Number.isFinite(value)) input[name] = value;
      else problems[name] = "Write a number.";
    } else {
      const { value, problem } = jsonOf(text);
      if (problem === null) input[name] = value;
      else problems[name] = problem;
    }
  }
  return { input, problems };
}

/** A JSON value as somebody has written it. */
export function jsonOf(text: string): { value: unknown; problem: string | null } {
  try {
    return { value: JSON.parse(text) as unknown, problem: null };
  } catch {
    return { value: null, problem: "This is not JSON." };
  }
}

/** A whole input as somebody has written it; nothing is `{}`. */
export function wholeInputOf(text: string): { input: Record<string, unknown>; problem: string | null } {
  if (text.trim() === "") return { input: {}, problem: null };
  const { value, problem } = jsonOf(text);
  if (problem !== null) return { input: {}, problem };
  return isObject(value) ? { input: value, problem: null } : { input: {}, problem: "Write a JSON object: { … }." };
}

/**
 * The faults that the server has found, at the fields that they are about.
 * @returns by the name of the field; "" for those about the whole
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
