/**
 * An orchestrator of one job, as a process: runs the job of JOB with an approval handler on COUNTERSIGN_URL and prints
 * its result. SIGTERM aborts the job.
 */

import { getApprovalHandler, type JobContext } from "countersign/handler";

const handler = getApprovalHandler();
const aborting = new AbortController();
process.once("SIGTERM", () => aborting.abort());

const job = { ...(JSON.parse(process.env.JOB as string) as JobContext), signal: aborting.signal };
const result = await handler.execute(job).catch((error: Error) => ({ rejected: error.name }));
console.log(JSON.stringify(result));
// From here on nothing may keep the process alive.
await handler.close();
