/** Checks the limits of concurrent jobs and the priorities of runs in options and documents, and has the defaults. */

import { didYouMean } from "../model/closest-name.ts";
import type { Issue } from "../model/errors.ts";
import { SUB_WORKFLOW } from "../model/runs.ts";
import { excerpt } from "./excerpt.ts";

/** The limits of a type of jobs. */
export interface TypeLimit {
  /** How many of its jobs run at once in one process. Default: the limit of `"*"`, or 100. `Infinity`: no limit. */
  perProcess?: number;
  /** How many of them run at once in all processes of the same name. Default: no limit. */
  total?: number;
}

/** By type; a number stands for `perProcess`. `"*"` is for each type that is not named. */
export type Concurrency = Readonly<Record<string, number | TypeLimit>>;

/** The effective limits of a type. */
export interface Limit {
  /** `Infinity` without a limit. */
  perProcess: number;
  /** Null without a limit. */
  total: number | null;
}

/** The default for each type. */
const PER_PROCESS = 100;
/** Stands for each type that is not named. */
const OTHERS = "*";
/** The highest limit. */
const MOST = 1_000_000;
/** The highest priority of a run; its negative is the lowest. */
const MOST_PRIORITY = 100;
const FIELDS = ["perProcess", "total"];

export class Limits {
  readonly #byType: ReadonlyMap<string, Limit>;
  readonly #others: Limit;

  /** @throws TypeError that names what is wrong */
  constructor(concurrency: Concurrency = {}) {
    if (!isObject(concurrency)) {
      throw new TypeError(`concurrency must be an object of limits by type, not ${excerpt(concurrency)}`);
    }
    const given = Object.entries(concurrency).map(([type, limit]) => [type, checkedLimit(type, limit)] as const);
    if (given.some(([type]) => type === SUB_WORKFLOW)) {
      const message = "is not possible: its jobs take no slot. Limit the jobs of the workflows that they start";
      throw new TypeError(`concurrency[${JSON.stringify(SUB_WORKFLOW)}] ${message}`);
    }
    const others = given.find(([type]) => type === OTHERS)?.[1];
    if (others?.total != null) {
      throw new TypeError(`concurrency["*"].total is not possible: name the types whose jobs are to be counted in all`);
    }
    this.#others = { perProcess: others?.perProcess ?? PER_PROCESS, total: null };
    this.#byType = new Map(
      given.map(([type, { perProcess, total }]) => [
        type,
        { perProcess: perProcess ?? this.#others.perProcess, total: total ?? null },
      ]),
    );
  }

  of(type: string): Limit {
    return this.#byType.get(type) ?? this.#others;
  }

  /** The types that have limits of their own. */
  get types(): string[] {
    return [...this.#byType.keys()].filter((type) => type !== OTHERS);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function checkedLimit(type: string, limit: unknown): TypeLimit {
  const path = `concurrency[${JSON.stringify(type)}]`;
  if (typeof limit === "number") return { perProcess: checkedNumber(path, limit, true) };
  if (!isObject(limit)) throw new TypeError(`${path} must be a number or { perProcess, total }, not ${excerpt(limit)}`);
  for (const field of Object.keys(limit)) {
    if (FIELDS.includes(field)) continue;
    throw new TypeError(
      `${path}.${field} is not a field of a limit; known fields: ${FIELDS.join(", ")}${didYouMean(field, FIELDS)}`,
    );
  }
  const { perProcess, total } = limit;
  return {
    ...(perProcess !== undefined && { perProcess: checkedNumber(`${path}.perProcess`, perProcess, true) }),
    ...(total !== undefined && { total: checkedNumber(`${path}.total`, total, false) }),
  };
}

function checkedNumber(path: string, value: unknown, mayBeInfinite: boolean): number {
  if (mayBeInfinite && value === Number.POSITIVE_INFINITY) return value;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MOST) return value;
  const what = `a whole number from 1 to ${MOST}${mayBeInfinite ? ", or Infinity" : ""}`;
  throw new TypeError(`${path} must be ${what}, not ${typeof value === "number" ? value : excerpt(value)}`);
}

/** Checks how many runs of a workflow may have a running handler at once. */
export function checkConcurrency(path: string, value: unknown, issues: Issue[]): void {
  checkWhole(path, value, { least: 1, most: MOST }, issues);
}

/** Checks the priority of a run. */
export function checkPriority(path: string, value: unknown, issues: Issue[]): void {
  checkWhole(path, value, { least: -MOST_PRIORITY, most: MOST_PRIORITY }, issues);
}

function checkWhole(path: string, value: unknown, { least, most }: { least: number; most: number }, issues: Issue[]) {
  if (value == null || (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)) return;
  const actual = typeof value === "number" ? value : excerpt(value);
  issues.push({ path, message: `must be a whole number from ${least} to ${most}, not ${actual}` });
}
