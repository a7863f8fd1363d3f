/**
 * The rules of `approvals/policy.ts` as SQL conditions, so that lists and counts answer like single requests do. A
 * table of cases in the tests holds the two together.
 */

import { isOrchestrator, seesEverything, type Viewer } from "../../model/approvals.ts";
import { personKey } from "../../model/same-person.ts";
import type { Way } from "./find-page.ts";
import type { Parameters } from "./parameters.ts";
import { IS_OPEN } from "./requests.ts";

/**
 * What `mayRead` says of rows `r`.
 * @param way how the rows are found: a walk looks at them one by one, any other way finds them by indexes
 */
export function readableBy(viewer: Viewer, parameters: Parameters, way: Way): string {
  if (seesEverything(viewer)) return "true";
  const user = parameters.add(viewer.userId);
  const branches = [
    `r.requested_by = ${user}`,
    `r.allowed_approvers @> array[${user}::text]`,
    `r.notify_users @> array[${user}::text]`,
    `r.escalation_level > 0 and r.escalate_to_users @> array[${user}::text]`,
    // The index of decisions leads to the ids of what the viewer has voted on. A row has its voters at hand.
    way === "walk"
      ? `r.voters @> array[${user}::text]`
      : `r.id = any (array(select d.approval_request_id from approval_decisions d where d.approver = ${user}))`,
  ];
  if (isOrchestrator(viewer)) branches.push(`r.created_by = ${user} and r.created_by <> r.requested_by`);
  if (viewer.roles.length > 0) branches.push(`r.notify_roles && ${parameters.add(viewer.roles)}::text[]`);
  return branches.map((branch) => `(${branch})`).join(" or ");
}

/**
 * The requests `r` that jobs `j` of a run have asked, as a join: those whose ids the jobs keep. Under a job's key alone
 * anybody can ask.
 * @param run the id of the run
 */
export const askedByJobsOf = (run: string): string =>
  `workflow_run_jobs j join approval_requests r on r.id = j.request_id and j.run_id = ${run}`;

/**
 * What `mayReadRun` says of runs without their requests: a condition for each way to find such runs by an index.
 * @param run the alias of the runs
 */
export function startableBy(viewer: Viewer, parameters: Parameters, run: string): string[] {
  const branches = [`${run}.created_by = ${parameters.add(viewer.userId)}`];
  if (viewer.roles.length === 0) return branches;
  return [...branches, `${run}.start_roles <> '{}' and ${run}.start_roles && ${parameters.add(viewer.roles)}::text[]`];
}

/** What `mayReadRun` says of the runs `r`. */
export function runReadableBy(viewer: Viewer, parameters: Parameters): string {
  if (seesEverything(viewer)) return "true";
  const started = startableBy(viewer, parameters, "r").map((branch) => `(${branch}) or `);
  // The alias of the requests hides that of the runs, so the run's id is taken along.
  return `(${started.join("")}exists (select from (select r.id) run,
           lateral (select from ${askedByJobsOf("run.id")} where ${readableBy(viewer, parameters, "walk")}) seen))`;
}

/** Every key of a person: what `PersonOf` says of a name, as an array that a statement works out once. */
const keysOf = (userId: string, parameters: Parameters): string =>
  `(select countersign_person_keys(array[${parameters.add(personKey(userId))}::text]))`;

/** The keys of the requester and the creator of rows `r`. */
const OWNERS = `array[coalesce(r.requested_by_key, countersign_person_key(r.requested_by)),
  coalesce(r.created_by_key, countersign_person_key(r.created_by))]`;

/** What `mayDecide` says of rows `r`. */
export function decidableBy(person: Pick<Viewer, "userId" | "roles">, parameters: Parameters): string {
  const user = parameters.add(person.userId);
  const noList = "cardinality(r.allowed_approvers) = 0";
  const branches = [
    `r.allowed_approvers @> array[${user}::text]`,
    `r.notify_users @> array[${user}::text] and ${noList}`,
    `r.escalation_level > 0 and r.escalate_to_users @> array[${user}::text]`,
  ];
  if (person.roles.length > 0) {
    branches.push(`r.notify_roles && ${parameters.add(person.roles)}::text[] and ${noList}`);
  }
  const named = branches.map((branch) => `(${branch})`).join(" or ");
  return `(${named}) and (r.allow_self_approval or not ${OWNERS} && ${keysOf(person.userId, parameters)})`;
}

/** What `canDecideNow` says of open requests with time left `r`, for a person. */
export function undecidedBy(person: Pick<Viewer, "userId" | "roles">, parameters: Parameters): string {
  const counted = `select from approval_decisions d
                    where d.approval_request_id = r.id and d.approver = any (r.approvers)
                      and coalesce(d.approver_key, countersign_person_key(d.approver))
                          = any (${keysOf(person.userId, parameters)}::text[])`;
  return `${decidableBy(person, parameters)} and not r.approvers @> array[${parameters.add(person.userId)}::text]
     and (cardinality(r.approvers) = 0 or not exists (${counted}))`;
}

/**
 * Open, with time left: what `canDecideNow` says of rows `r`, whoever asks.
 *
 * Nearly every open request has time left, and the others have none. The planner takes the two for independent, so that
 * among a million requests it would expect one open request in a hundred of those there are, and read them all; hence
 * an expression that it cannot estimate, and that no index answers. The index of open requests by person does the work.
 */
export const IS_DECIDABLE = `${IS_OPEN} and r.expires_at + interval '0' > now()`;
/** The same along the index of open requests by `expires_at`. */
export const IS_DECIDABLE_IN_ORDER = `${IS_OPEN} and r.expires_at > now()`;

/** What `canDecideNow` says of rows `r`: the inbox. */
export const inInboxOf = (person: Pick<Viewer, "userId" | "roles">, parameters: Parameters): string =>
  `${IS_DECIDABLE} and ${undecidedBy(person, parameters)}`;
