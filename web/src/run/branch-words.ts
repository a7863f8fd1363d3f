/** The branch rules in a run's document, as plain text. Pure. The document is JSON and may have any shape. */

/** When a job runs, if not after the success of its dependencies. */
export interface JobRule {
  /** The job that this one compensates. */
  compensates: string | null;
  /** As text: "after a failure", "if gate.status == \"REJECTED\"", "undoes build". */
  words: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** The rules of the jobs that have one, by job id. */
export function rulesOf(definition: unknown): ReadonlyMap<string, JobRule> {
  const jobs = isObject(definition) && Array.isArray(definition.jobs) ? definition.jobs : [];
  return new Map(
    jobs.flatMap((job: unknown): [string, JobRule][] => {
      if (!isObject(job) || typeof job.id !== "string") return [];
      const words = wordsOf(job);
      const compensates = typeof job.compensates === "string" ? job.compensates : null;
      return words === "" ? [] : [[job.id, { compensates, words }]];
    }),
  );
}

function wordsOf({ runIf, when, compensates, allowFailure }: Record<string, unknown>): string {
  const conditions = Array.isArray(when) ? when.filter(isObject) : [];
  const parts = [
    typeof compensates === "string" && `undoes ${compensates}`,
    runIf === "failed" && "after a failure",
    runIf === "always" && "always",
    conditions.length > 0 && `if ${conditions.map(conditionWords).join(" and ")}`,
    allowFailure === true && "may fail",
  ];
  return parts.filter((part) => part !== false).join(", ");
}

/** Omits the root that most paths have, because space is short. */
const conditionWords = ({ field, operator, value }: Record<string, unknown>): string =>
  `${String(field).replace(/^results\./, "")} ${String(operator)} ${JSON.stringify(value) ?? ""}`.trim();
