/**
 * The rules of `approvals/policy.ts` as SQL conditions, so that lists and counts agree with single requests. Tests compare
 * both with a table of cases.
 */

import { isOrchestrator, seesEverything, type Viewer } from "../../model/approvals.ts";
import { personKey } from "../../model/same-person.ts";
import type { Way } from "./find-page.ts";
import type { Parameters } from "./parameters.ts";
import { IS_OPEN } from "./requests.ts";

/**
 * `mayRead` for rows `r`.
 * @param way how the rows are found: a walk checks them one by one, any other way finds them by indexes
 */
export function readableBy(viewer: Viewer, parameters: Parameters, way: Way): string {
  if (seesEverything(viewer)) return "true";
  const user = parameters.add(viewer.userId);
  const branches = [
    `r.requested_by = ${user}`,
    `r.allowed_approvers @> array[${user}::text]`,
    `r.notify_users @> array[${user}::text]`,
    `r.escalation_level > 0 and r.escalate_to_users @> array[${user}::text]`,
    // The index of decisions finds the requests that the viewer has voted on. In a walk, each row has its voters.
    way === "walk"
      ? `r.voters @> array[${user}::text]`
      : `r.id = any (array(select d.approval_request_id from approval_decisions d where d.approver = ${user}))`,
  ];
  if (isOrchestrator(viewer)) branches.push(`r.created_by = ${user} and r.created_by <> r.requested_by`);
  if (viewer.roles.length > 0) branches.push(`r.notify_roles && ${parameters.add(viewer.roles)}::text[]`);
  return branches.map((branch) => `(${branch})`).join(" or ");
}

/**
 * Joins the requests `r` that jobs `j` of a run have created. The jobs store their ids, because anyone can create a request
 * with the key of a job.
 * @param run the id of the run
 */
export const askedByJobsOf = (run: string): string =>
  `workflow_run_jobs j join approval_requests r on r.id = j.request_id and j.run_id = ${run}`;

/**
 * `mayReadRun` for runs without their requests: a condition for each index that finds such runs.
 * @param run the alias of the runs
 */
export function startableBy(viewer: Viewer, parameters: Parameters, run: string): string[] {
  const branches = [`${run}.created_by = ${parameters.add(viewer.userId)}`];
  if (viewer.roles.length === 0) return branches;
  return [...branches, `${run}.start_roles <> '{}' and ${run}.start_roles && ${parameters.add(viewer.roles)}::text[]`];
}

/** `mayReadRun` for the runs `r`. */
export function runReadableBy(viewer: Viewer, parameters: Parameters): string {
  if (seesEverything(viewer)) return "true";
  const started = startableBy(viewer, parameters, "r").map((branch) => `(${branch}) or `);
  // The alias of the requests hides the alias of the runs, so the run's id is passed.
  return `(${started.join("")}exists (select from (select r.id) run,
           lateral (select from ${askedByJobsOf("run.id")} where ${readableBy(viewer, parameters, "walk")}) seen))`;
}

/** All keys of a person, as `PersonOf` connects them: an array that a statement computes once. */
const keysOf = (userId: string, parameters: Parameters): string =>
  `(select countersign_person_keys(array[${parameters.add(personKey(userId))}::text]))`;

/** The keys of the requester and the creator of rows `r`. */
const OWNERS = `array[coalesce(r.requested_by_key, countersign_person_key(r.requested_by)),
  coalesce(r.created_by_key, countersign_person_key(r.created_by))]`;

/** `mayDecide` for rows `r`. */
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

/** `canDecideNow` for open requests `r` that have not expired, for a person. */
export function undecidedBy(person: Pick<Viewer, "userId" | "roles">, parameters: Parameters): string {
  const counted = `select from approval_decisions d
                    where d.approval_request_id = r.id and d.approver = any (r.approvers)
                      and coalesce(d.approver_key, countersign_person_key(d.approver))
                          = any (${keysOf(person.userId, parameters)}::text[])`;
  return `${decidableBy(person, parameters)} and not r.approvers @> array[${parameters.add(person.userId)}::text]
     and (cardinality(r.approvers) = 0 or not exists (${counted}))`;
}

/**
 * Open and not expired: the part of `canDecideNow` for rows `r` that does not depend on the person.
 *
 * Nearly all open requests have not expired, and all others have. The planner assumes that both are independent, so it
 * expects far too few open requests and would read them all. This expression has no estimate and uses no index, so the
 * planner uses the index of open requests by person.
 */
export const IS_DECIDABLE = `${IS_OPEN} and r.expires_at + interval '0' > now()`;
/** The same, with the index of open requests by `expires_at`. */
export const IS_DECIDABLE_IN_ORDER = `${IS_OPEN} and r.expires_at > now()`;

/** `canDecideNow` for rows `r`: the inbox. */
export const inInboxOf = (person: Pick<Viewer, "userId" | "roles">, parameters: Parameters): string =>
  `${IS_DECIDABLE} and ${undecidedBy(person, parameters)}`;
