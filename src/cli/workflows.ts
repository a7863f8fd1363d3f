/** `countersign workflows …` */

import { refusal } from "./answers.ts";
import { command, Failure, group, type Options } from "./command.ts";
import { jsonObjectOf } from "./json-value.ts";
import { DURATIONS, print, printJson, REMOTE_OPTIONS, say, withRemote } from "./remote.ts";
import { cut, printable, tableOf, wholeNumberOf } from "./values.ts";
import { RegisterWorkflow, WorkflowByName, WorkflowsToStart, type WorkflowToShow } from "./workflow-documents.ts";
import { schedulesCommand } from "./workflows-schedules.ts";

const PAGE = 100;
const WIDEST = 50;
/** The largest version. */
export const MOST_VERSIONS = 2_147_483_647;

const rowOf = ({ name, version, startRoles, createdAt, inputSchema }: WorkflowToShow): string[] => [
  cut(printable(name), WIDEST),
  String(version),
  createdAt,
  cut(printable(startRoles.join(", ") || "-"), WIDEST),
  cut(printable(Object.keys((inputSchema?.properties ?? {}) as object).join(", ") || "-"), WIDEST),
];

const listCommand = command({
  name: "workflows list",
  about: "list the workflows that you may start",
  text: "Lists the registered workflows that you may start, each in its newest version, by name.",
  options: REMOTE_OPTIONS,
  notes: `With --json standard output has one array. ${DURATIONS}`,
  exits: "0, also if the list is empty, or 4 on an error.",
  failureCode: 4,
  examples: ["countersign workflows list", 'countersign workflows list --json | jq -r ".[].name"'],
  run: (values) =>
    withRemote(values, async (remote) => {
      const workflows: WorkflowToShow[] = [];
      let after: string | null | undefined = null;
      do {
        const variables: { first: number; after: string | null } = { first: PAGE, after };
        const page = await remote.soon((signal) => remote.client.request(WorkflowsToStart, variables, { signal }));
        workflows.push(...page.workflows.edges.map(({ node }) => node));
        after = page.workflows.pageInfo.hasNextPage ? (page.workflows.pageInfo.endCursor ?? null) : null;
      } while (after !== null);
      if (values.json) printJson(workflows);
      else if (workflows.length === 0) say("No workflows.");
      else print(tableOf([["NAME", "VERSION", "REGISTERED", "ROLES", "INPUT"], ...workflows.map(rowOf)]));
      return 0;
    }),
});

const showCommand = command({
  name: "workflows show",
  about: "print a workflow as JSON, with the schema of its input",
  text: "Prints a registered workflow as one JSON value. It includes the document if you may see it.",
  operand: { name: "NAME" },
  options: {
    version: { value: "N", about: "this version; default the newest" },
    ...REMOTE_OPTIONS,
  },
  notes: DURATIONS,
  exits: "0, or 4 on an error.",
  failureCode: 4,
  examples: ["countersign workflows show release", "countersign workflows show release --version 3 | jq .inputSchema"],
  run(values, name) {
    const version = wholeNumberOf("--version", values.version, 1, MOST_VERSIONS);
    return withRemote(values, async (remote) => {
      const { workflow } = await remote.soon((signal) =>
        remote.client.request(WorkflowByName, { name, version }, { signal }),
      );
      if (workflow == null) {
        throw new Failure(
          `NAME is ${JSON.stringify(name)}; there is no such workflow, or this token may not see it`,
          4,
        );
      }
      printJson(workflow);
      return 0;
    });
  },
});

const REGISTER_OPTIONS = {
  definition: {
    value: "JSON",
    field: "definition",
    file: "at",
    required: true,
    about: "the document, or @FILE with it, or - for standard input",
  },
  "input-schema": {
    value: "JSON",
    field: "inputSchema",
    file: "at",
    about: "the JSON Schema of the input of a run, or @FILE with it; default any object",
  },
  "start-role": { value: "ROLE", field: "startRoles", multiple: true, about: "a role whose holders may start a run" },
  orchestrator: {
    value: "NAME",
    field: "orchestrator",
    about: "the name of the processes that run it; default countersign",
  },
  ...REMOTE_OPTIONS,
} as const satisfies Options;

const registerCommand = command({
  name: "workflows register",
  about: "register a workflow, so that it can be started by name",
  text:
    "Registers a workflow under the id in its document. It becomes a new version, unless it is the same as " +
    "the newest one. Standard output holds the name and the version.",
  options: REGISTER_OPTIONS,
  notes: DURATIONS,
  exits: "0, or 4 on an error.",
  failureCode: 4,
  examples: [
    "countersign workflows register --definition @release.json --input-schema @input.json --start-role release",
  ],
  async run(values) {
    const definition = (await jsonObjectOf("--definition", values.definition)) as Record<string, unknown>;
    const inputSchema = await jsonObjectOf("--input-schema", values["input-schema"]);
    const { orchestrator, "start-role": startRoles } = values;
    return withRemote(values, async (remote) => {
      const input = { definition, inputSchema, startRoles, orchestrator };
      const { registerWorkflow: answer } = await remote.soon((signal) =>
        remote.client.request(RegisterWorkflow, { input }, { idempotent: true, signal }),
      );
      if (!("workflow" in answer)) throw refusal(answer, REGISTER_OPTIONS);
      const { workflow, created } = answer;
      if (!created) say("The newest version is already the same.");
      if (values.json) printJson({ ...workflow, created });
      else print(printable(`${workflow.name} ${workflow.version}`));
      return 0;
    });
  },
});

export const workflowsCommand = group({
  name: "workflows",
  about: "list, show and register workflows that can be started by name, and list schedules",
  text: "Works with registered workflows, and lists the schedules that start workflows. docs/runs.md describes who may start and register them.",
  examples: ["countersign workflows list", "countersign workflows register --help"],
  commands: [listCommand, showCommand, registerCommand, schedulesCommand],
});
