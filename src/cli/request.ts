/** `countersign request` */

import { CreateRequest, type WaitedRequest } from "../client/documents.ts";
import type { CreateApprovalRequestInput } from "../client/generated/graphql.ts";
import { getStatusMessage } from "../handler/outcome.ts";
import { refusal } from "./answers.ts";
import { command, Failure, type Options, type Values } from "./command.ts";
import { idsOf } from "./ids.ts";
import { jsonObjectOf } from "./json-value.ts";
import { DURATIONS, print, printJson, REMOTE_OPTIONS, type Remote, say, withRemote } from "./remote.ts";
import { durationOf, wholeNumberOf } from "./values.ts";
import { WAIT_EXITS, WAIT_OPTIONS, waitAndReport } from "./waiting.ts";

const MOST_APPROVERS = 1_000;

const OPTIONS = {
  title: { value: "TEXT", required: true, field: "title", about: "the title of the request" },
  description: { value: "TEXT", field: "description", about: "the description of the request" },
  context: {
    value: "JSON",
    file: "at",
    field: "context",
    about: "context for approvers: a JSON object, @FILE, or - for standard input",
  },
  metadata: { value: "JSON", file: "at", field: "metadata", about: "facts for programs, given like --context" },
  notify: {
    value: "USER",
    multiple: true,
    field: "notifyUsers",
    about: "a user to notify, who may decide unless --allow is given",
  },
  role: {
    value: "ROLE",
    multiple: true,
    field: "notifyRoles",
    about: "a role to notify, whose holders may decide like users of --notify",
  },
  allow: { value: "USER", multiple: true, field: "allowedApprovers", about: "a user who may decide; nobody else may" },
  "min-approvers": {
    value: "N",
    field: "requireMinApprovers",
    about: "the number of approvals that are required; default 1",
  },
  "require-all": { field: "requireAllApprovers", about: "every named approver must approve" },
  timeout: {
    value: "DURATION",
    field: "timeoutMs",
    about: "the time to decide; default one hour, unless the server is configured otherwise",
  },
  "timeout-action": {
    value: "ACTION",
    choices: ["approve", "reject", "escalate"],
    field: "timeoutAction",
    about:
      "the action on expiry; default reject, unless the server is configured otherwise; approve requires " +
      "approvals:request",
  },
  "escalate-to": {
    value: "USER",
    multiple: true,
    field: "escalateToUsers",
    about: "a user who may also decide once the request is escalated",
  },
  "remind-before": { value: "DURATION", field: "remindBeforeMs", about: "how long before expiry people are reminded" },
  channel: {
    value: "CHANNEL",
    multiple: true,
    choices: ["in-app", "email", "slack", "webhook"],
    field: "notifyChannels",
    about: "a channel to notify people on; default in-app",
  },
  "callback-url": {
    value: "ADDRESS",
    field: "callbackUrl",
    about: "the URL that receives the signed outcome; see docs/callbacks.md",
  },
  "self-approval": {
    field: "allowSelfApproval",
    about: "the requester may also decide; requires a token with approvals:request",
  },
  "requested-by": {
    value: "USER",
    field: "requestedBy",
    about: "the user on whose behalf approval is requested; requires a token with approvals:request",
  },
  workflow: { value: "ID", field: "workflowId", about: "the workflow that asks" },
  job: { value: "ID", field: "jobId", about: "its job" },
  execution: { value: "ID", field: "executionId", about: "its run; the same three ids find your request again" },
  wait: { about: "wait for the outcome" },
  ...WAIT_OPTIONS,
  ...REMOTE_OPTIONS,
} as const satisfies Options;

const NOTES = `${DURATIONS}

A request is identified by its workflow, job and execution. If it is requested again with the same ids and content, the existing request is returned, also if it is final; other content is refused as CONFLICT. The ids default to those of the run on GitHub Actions, GitLab CI, CircleCI, Buildkite, Azure Pipelines and Jenkins. Elsewhere they are "shell", "approval" and a new execution, so that each call creates a new request.

Without --wait standard output has the id of the request, and the exit code is 0 if it exists.`;

const upper = (value: string) => value.toUpperCase().replace("-", "_");

/** The input of the request, with the given options only: the server has the defaults. */
export async function inputOf(
  values: Values<typeof OPTIONS>,
  env: NodeJS.ProcessEnv,
): Promise<CreateApprovalRequestInput> {
  if (values.context === "-" && values.metadata === "-") {
    throw new TypeError('--metadata is "-"; --context reads standard input already, so it may be JSON or @FILE');
  }
  if (values.notify.length + values.role.length + values.allow.length === 0) {
    throw new TypeError("no approvers are given; use at least one of --notify, --role and --allow");
  }
  const given = { workflowId: values.workflow, jobId: values.job, executionId: values.execution };
  const { workflowId, jobId, executionId } = idsOf(given, env);
  const listed = <T>(list: T[]) => (list.length === 0 ? undefined : list);
  const timeoutAction = values["timeout-action"] as string | undefined;
  return withoutUndefined({
    workflowId,
    jobId,
    executionId,
    title: values.title,
    description: values.description,
    context: await jsonObjectOf("--context", values.context),
    metadata: await jsonObjectOf("--metadata", values.metadata),
    notifyUsers: listed(values.notify),
    notifyRoles: listed(values.role),
    allowedApprovers: listed(values.allow),
    requireMinApprovers: wholeNumberOf("--min-approvers", values["min-approvers"], 1, MOST_APPROVERS),
    requireAllApprovers: values["require-all"] || undefined,
    timeoutMs: durationOf("--timeout", values.timeout),
    timeoutAction: timeoutAction === undefined ? undefined : (upper(timeoutAction) as "APPROVE"),
    escalateToUsers: listed(values["escalate-to"]),
    remindBeforeMs: durationOf("--remind-before", values["remind-before"]),
    notifyChannels: listed(values.channel.map((channel) => upper(channel) as "IN_APP")),
    callbackUrl: values["callback-url"],
    allowSelfApproval: values["self-approval"] || undefined,
    requestedBy: values["requested-by"],
  });
}

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;

/** The id, quoted for a shell. */
const quoted = (id: string) => (/^[\w./:@-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`);

async function ask(remote: Remote, input: CreateApprovalRequestInput) {
  const { workflowId, jobId, executionId } = input;
  const { createApprovalRequest: answer } = await remote
    .soon((signal) => remote.client.request(CreateRequest, { input }, { signal, idempotent: true }))
    .catch((error) => {
      // It is unknown whether the request was created.
      if (!(error instanceof Failure)) throw error;
      const ids = `--workflow ${quoted(workflowId)} --job ${quoted(jobId)} --execution ${quoted(executionId)}`;
      throw new Failure(`${error.message}; if the request was created nevertheless, ${ids} returns it`, error.exitCode);
    });
  if (answer.__typename === "CreateApprovalRequestPayload") return answer;
  const failure = refusal(answer, OPTIONS);
  if (answer.code === "CONFLICT") {
    failure.message += `: workflow ${workflowId}, job ${jobId}, execution ${executionId}; use a new --execution for a new request`;
  }
  throw failure;
}

function tell(remote: Remote, request: WaitedRequest, created: boolean): void {
  const { title, workflowId, jobId, executionId } = request;
  say(`${created ? "Asked" : "Already asked"}: ${title} (${remote.base}/requests/${request.id})`);
  say(`Workflow ${workflowId}, job ${jobId}, execution ${executionId}.`);
}

export const requestCommand = command({
  name: "request",
  about: "request an approval, and with --wait wait for its outcome",
  text: "Requests an approval. Progress goes to standard error; with --wait the outcome goes to standard output.",
  options: OPTIONS,
  notes: NOTES,
  exits: `with --wait ${WAIT_EXITS}`,
  failureCode: 4,
  examples: [
    'countersign request --title "Deploy 1.4.0?" --notify bob@company.com --wait && ./deploy.sh',
    'countersign request --title "Drop the table?" --role dba --min-approvers 2 --timeout 2h --context @plan.json --wait',
    'id=$(countersign request --title "Deploy?" --notify bob@company.com); countersign wait "$id"',
  ],
  async run(values) {
    const source = values["decision-source"];
    if (source !== undefined && !values.wait) {
      throw new TypeError("--decision-source is given without --wait; give it to countersign wait instead");
    }
    const input = await inputOf(values, process.env);
    return withRemote(values, async (remote) => {
      const { request, created } = await ask(remote, input);
      if (!values.quiet) tell(remote, request, created);
      if (values.wait) return waitAndReport(remote, request, values);
      if (!values.quiet) say(getStatusMessage(request));
      if (values.json) printJson({ ...request, created });
      else print(request.id);
      return 0;
    });
  },
});
