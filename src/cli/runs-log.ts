/** `countersign runs log` */

import { command, Failure, type Options } from "./command.ts";
import { DURATIONS, print, printJson, REMOTE_OPTIONS, type Remote, withRemote } from "./remote.ts";
import { type LogLineToShow, RunById, RunLog, RunLogFollowed } from "./run-documents.ts";
import { unknownRun } from "./run-output.ts";
import { printable } from "./values.ts";

const OPTIONS = {
  follow: { about: "print new lines until the job has ended" },
  ...REMOTE_OPTIONS,
  json: { about: "print each line as one line of JSON" },
} as const satisfies Options;

export const logRunCommand = command({
  name: "runs log",
  about: "print the logs of the jobs of a run",
  text: "Prints the log lines of a job, oldest first. Without JOB it prints those of all jobs, one job after the other; with --follow also new lines.",
  operand: { name: "ID" },
  second: "JOB",
  options: OPTIONS,
  notes: `JOB is the id of the job in the document. ${DURATIONS}`,
  exits: "0 on success, 4 on an error, 130 or 143 if interrupted.",
  failureCode: 4,
  examples: ["countersign runs log run_1f0c5e3a-9a43-5c55-8a55-2f4e8a7c1d05 build --follow"],
  run: (values, runId, job) =>
    withRemote(values, async (remote) => {
      const jobIds = job === undefined ? await jobsOf(remote, runId) : [job];
      const show = (jobId: string) => (line: LogLineToShow) => {
        if (values.json) printJson({ jobId, ...line });
        else print(printable(textOf(line, job === undefined ? jobId : null)));
      };
      const lastLines: number[] = [];
      for (const jobId of jobIds) lastLines.push(await printStored(remote, runId, jobId, show(jobId)));
      if (values.follow) {
        // Nothing waits for an exit code, so the command ends with the program that reads its output, such as head.
        process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 4));
        await Promise.all(
          jobIds.map((jobId, place) => follow(remote, { runId, jobId, afterLine: lastLines[place] ?? 0 }, show(jobId))),
        );
      }
      return 0;
    }),
});

/** A line for people. */
function textOf({ createdAt, level, message, fields }: LogLineToShow, jobId: string | null): string {
  const job = jobId === null ? "" : ` ${jobId}:`;
  return `${createdAt} ${level}${job} ${message}${fields == null ? "" : ` ${JSON.stringify(fields)}`}`;
}

async function jobsOf(remote: Remote, id: string): Promise<string[]> {
  const { workflowRun: run } = await remote.soon((signal) => remote.client.request(RunById, { id }, { signal }));
  if (run == null) throw unknownRun(id);
  return run.jobs.map((job) => job.id);
}

/** Prints all lines that are stored. @returns the number of the last one; 0 without one */
async function printStored(
  { client, soon }: Remote,
  runId: string,
  jobId: string,
  show: (line: LogLineToShow) => void,
): Promise<number> {
  let last = 0;
  for (let after: string | null = null; ; ) {
    const { workflowRunLog: page } = await soon((signal) =>
      client.request(RunLog, { runId, jobId, after }, { signal }),
    );
    if (page == null) {
      const what = `ID is ${JSON.stringify(runId)} and JOB is ${JSON.stringify(jobId)}`;
      throw new Failure(`${what}; there is no such job, or this token may not see its log`, 4);
    }
    for (const { node } of page.edges) {
      show(node);
      last = node.line;
    }
    if (!page.pageInfo.hasNextPage) return last;
    after = page.pageInfo.endCursor ?? null;
  }
}

/** Prints later lines until the job has ended. */
async function follow(
  { client, signal }: Remote,
  from: { runId: string; jobId: string; afterLine: number },
  show: (line: LogLineToShow) => void,
): Promise<void> {
  let { afterLine } = from;
  await client.subscribe(RunLogFollowed, () => ({ ...from, afterLine }), {
    signal,
    next: ({ workflowRunLogAdded: line }) => {
      afterLine = line.line;
      show(line);
      return false;
    },
  });
}
