/** What a run's document says about its branches, as plain text. Pure: the document is JSON that may have any shape. */

/** When a job runs, other than after the success of the jobs before it. */
export interface JobRule {
  /** The job that this one undoes. */
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

/** Without the root that most paths have, as there is little space. */
const conditionWords = ({ field, operator, value }: Record<string, unknown>): string =>
  `${String(field).replace(/^results\./, "")} ${String(operator)} ${JSON.stringify(value) ?? ""}`.trim();
