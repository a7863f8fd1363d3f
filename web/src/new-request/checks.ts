/** Validates a draft before it is sent. Pure. The server checks everything again. */

import { contextOf } from "./context.ts";
import { type Author, type Draft, decidersOf, type Field, rolesDecide } from "./draft.ts";
import { spanMs, untilOf } from "./until.ts";

export type Problems = Partial<Record<Field, string>>;

// Source: docs/rules.md, "Values", and the server's checks.
export const MAX_TITLE = 300;
export const MAX_TEXT = 100_000;
const MAX_NAME = 200;

/** The problems in the order of the form, so that the first one can get the focus. */
export function problemsOf(draft: Draft, author: Author, now: Date): Problems {
  const context = contextOf(draft.context);
  const end = untilOf(draft.until, now);
  const found: Partial<Record<Field, string | null>> = {
    title: titleProblem(draft.title),
    description:
      [...draft.description].length > MAX_TEXT ? "It is too long: at most 100,000 characters are allowed." : null,
    context: "fault" in context ? context.fault : null,
    people: peopleProblem(draft, author),
    roles: namesProblem(draft.roles),
    minimum: minimumProblem(draft, author),
    notifiedUsers: rolesDecide(draft) ? null : namesProblem(draft.notifiedUsers),
    notifiedRoles: rolesDecide(draft) ? null : namesProblem(draft.notifiedRoles),
    until: end.fault,
    escalateTo: escalationProblem(draft),
    reminder: reminderProblem(draft, end.ms),
    requestedBy: draft.requestedBy.length > MAX_NAME ? "It is too long." : null,
    callbackUrl: addressProblem(draft.callbackUrl.trim()),
    workflowId: keyProblem(draft.workflowId),
    jobId: keyProblem(draft.jobId),
    executionId: keyProblem(draft.executionId),
  };
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== null));
}

function titleProblem(title: string): string | null {
  if (title.trim() === "") return "Enter a title.";
  const { length } = [...title.trim()];
  return length > MAX_TITLE ? `It has ${length} characters; at most ${MAX_TITLE} are allowed.` : null;
}

function peopleProblem(draft: Draft, author: Author): string | null {
  if (rolesDecide(draft)) return namesProblem(draft.people);
  if (draft.people.length === 0) return "Enter at least one person or role who decides.";
  if (decidersOf(draft, author).length === 0) return "Nobody may decide their own request. Enter another person.";
  return namesProblem(draft.people);
}

const namesProblem = (names: readonly string[]): string | null =>
  names.some((name) => [...name].length > MAX_NAME) ? `A name has more than ${MAX_NAME} characters.` : null;

function minimumProblem(draft: Draft, author: Author): string | null {
  const { minimum, needsAll } = draft;
  if (needsAll && !rolesDecide(draft)) return null;
  if (minimum === "" || !Number.isInteger(minimum) || minimum < 1)
    return "Enter how many people must approve, 1 or more.";
  const most = decidersOf(draft, author).length;
  if (rolesDecide(draft) || most === 0 || minimum <= most) return null;
  return most === 1 ? "Only one of these people can decide." : `Only ${most} of these people can decide.`;
}

function escalationProblem({ timeoutAction, escalateTo }: Draft): string | null {
  if (timeoutAction === "ESCALATE" && escalateTo.length === 0) return "Enter at least one person to escalate to.";
  return namesProblem(escalateTo);
}

function reminderProblem({ reminder }: Draft, waits: number | null): string | null {
  if (reminder === null) return null;
  const before = spanMs(reminder);
  if (before === null) return "Enter how long before expiry.";
  return waits !== null && before >= waits ? "That is before the request is created. Choose a shorter time." : null;
}

function addressProblem(address: string): string | null {
  if (address === "") return null;
  const url = URL.parse(address);
  return url !== null && ["http:", "https:"].includes(url.protocol) ? null : "It must start with http:// or https://.";
}

function keyProblem(key: string): string | null {
  if (key.trim() === "") return "It must not be empty.";
  return [...key.trim()].length > MAX_NAME ? `It has more than ${MAX_NAME} characters.` : null;
}
