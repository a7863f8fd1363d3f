/**
 * An orchestrator of one job, as a process: runs the job of JOB with an approval handler on COUNTERSIGN_URL and prints
 * what it came to. SIGTERM aborts the job.
 */

import { getApprovalHandler, type JobContext } from "countersign/handler";

const handler = getApprovalHandler();
const aborting = new AbortController();
process.once("SIGTERM", () => aborting.abort());

const job = { ...(JSON.parse(process.env.JOB as string) as JobContext), signal: aborting.signal };
const said = await handler.execute(job).catch((error: Error) => ({ rejected: error.name }));
console.log(JSON.stringify(said));
// Nothing may hold the process from here on.
await handler.close();
