/**
 * Checks the input of a run against the JSON Schema (2020-12) of its workflow. Schemas come from outside, so compiling
 * one and checking an input with it are limited in time: a pattern may backtrack without end.
 */

import { createContext, Script } from "node:vm";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { JsonObject } from "../model/approvals.ts";
import { didYouMean } from "../model/closest-name.ts";
import { type Issue, ValidationError } from "../model/errors.ts";
import { checkJsonObject } from "../model/json.ts";
import { oneLine } from "../model/one-line.ts";

/** Most bytes of a schema as JSON. */
const MAX_BYTES = 64 * 1024;
/** Most ms to check an input. A schema, which only programs and admins register, may take longer. */
const INPUT_TIMEOUT_MS = 500;
const SCHEMA_TIMEOUT_MS = 5_000;
/** Most issues reported for one input. */
const MAX_ISSUES = 50;
/** Most compiled schemas that are cached, by their text. */
const MAX_COMPILED = 100;
/** Most UTF-16 units of an invalid value in an error message. */
const MAX_PREVIEW = 60;

const compiled = new Map<string, ValidateFunction>();
const context = createContext({ work: null as (() => unknown) | null });
const script = new Script("work()");

/** Runs work in this thread and stops it after the timeout. @throws ERR_SCRIPT_EXECUTION_TIMEOUT */
function runLimited<T>(timeout: number, work: () => T): T {
  context.work = work;
  try {
    return script.runInContext(context, { timeout }) as T;
  } finally {
    context.work = null;
  }
}

const isTimeout = (error: unknown) => (error as { code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";

async function validatorOf(text: string): Promise<ValidateFunction> {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  // Loaded on demand: only a process that starts workflows by name needs them.
  const [{ Ajv2020 }, formats] = await Promise.all([import("ajv/dist/2020.js"), import("ajv-formats")]);
  const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true, strictTypes: false, logger: false });
  formats.default.default(ajv);
  const validate = runLimited(SCHEMA_TIMEOUT_MS, () => ajv.compile(JSON.parse(text) as object));
  // The result would be a promise, which is true for any input.
  if ("$async" in validate) throw new Error("$async is not supported");
  const [oldest] = compiled.keys();
  if (compiled.size >= MAX_COMPILED && oldest !== undefined) compiled.delete(oldest);
  compiled.set(text, validate);
  return validate;
}

/** The faults of the schema of a workflow's input. */
export async function schemaIssues(path: string, schema: unknown): Promise<Issue[]> {
  const issues: Issue[] = [];
  checkJsonObject(path, schema, issues);
  if (issues.length > 0) return issues;
  const text = JSON.stringify(schema);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES)
    return [{ path, message: `is ${bytes} bytes of JSON; at most ${MAX_BYTES} (64 KiB) are allowed` }];
  const { type } = schema as { type?: unknown };
  if (type !== "object") {
    return [
      { path: `${path}.type`, message: `must be "object": the input of a run is an object, not ${preview(type)}` },
    ];
  }
  try {
    await validatorOf(text);
    return [];
  } catch (error) {
    const fault = isTimeout(error) ? `takes longer than ${SCHEMA_TIMEOUT_MS} ms to read` : oneLine(error);
    return [{ path, message: `cannot be used as a JSON Schema: ${fault}` }];
  }
}

/**
 * Returns the input of a run, `{}` if there is none.
 * @param schema the workflow's schema; null if any object is accepted
 * @throws ValidationError with every fault
 */
export async function checkedInput(schema: JsonObject | null, input: unknown): Promise<JsonObject> {
  const given = input ?? {};
  const issues: Issue[] = [];
  checkJsonObject("input", given, issues);
  if (issues.length === 0 && schema !== null) issues.push(...(await inputIssues(schema, given)));
  if (issues.length > 0) throw new ValidationError(issues);
  return given as JsonObject;
}

async function inputIssues(schema: JsonObject, input: unknown): Promise<Issue[]> {
  try {
    const validate = await validatorOf(JSON.stringify(schema));
    if (runLimited(INPUT_TIMEOUT_MS, () => validate(input)) === true) return [];
    return (validate.errors ?? []).slice(0, MAX_ISSUES).map(issueOf);
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return [
      {
        path: "input",
        message: `takes longer than ${INPUT_TIMEOUT_MS} ms to check against the schema of the workflow`,
      },
    ];
  }
}

function issueOf({ instancePath, keyword, params, message = "is wrong", data, parentSchema }: ErrorObject): Issue {
  const path = ["input", ...instancePath.split("/").slice(1).map(unescaped)].join(".");
  if (keyword === "required") return { path: `${path}.${params.missingProperty}`, message: "is required" };
  if (keyword === "additionalProperties") {
    const known = Object.keys((parentSchema?.properties ?? {}) as object);
    const hint = didYouMean(params.additionalProperty, known);
    const message = `is not a known field; known fields: ${known.join(", ") || "none"}${hint}`;
    return { path: `${path}.${params.additionalProperty}`, message };
  }
  if (keyword === "enum") {
    const allowed = (params.allowedValues as unknown[]).map(preview).join(", ");
    return { path, message: `must be one of ${allowed}, not ${preview(data)}` };
  }
  return { path, message: `${message}, not ${preview(data)}` };
}

/** One step of a JSON pointer. */
const unescaped = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");

const preview = (value: unknown): string => (JSON.stringify(value) ?? typeof value).slice(0, MAX_PREVIEW);
