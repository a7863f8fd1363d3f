/** The page on which a person starts a run of a registered workflow. */

import { Alert, Button, Group, NativeSelect, Paper, Stack, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useClient, useQuery } from "urql";
import type { StartableFragment } from "../generated/graphql.ts";
import { notify } from "../shared/notices.tsx";
import { Page } from "../shared/page.tsx";
import { Empty, Failed, Loading, reasonOf } from "../shared/states.tsx";
import { InputFields } from "./input-fields.tsx";
import { draftOf, faultsByField, fieldsOf, inputOf, type Schema, wholeInputOf } from "./schema-form.ts";
import { StartableWorkflows, StartWorkflow, WorkflowToStart } from "./start-run.graphql.ts";
import classes from "./start-run.module.css";

export default function StartRunPage() {
  const [search, setSearch] = useSearchParams();
  const [{ data, error }, read] = useQuery({ query: StartableWorkflows, requestPolicy: "cache-and-network" });
  const names = (data?.workflows.edges ?? []).filter(({ node }) => node.canStart).map(({ node }) => node.name);
  const requestedName = search.get("workflow");
  const name = requestedName ?? names[0] ?? null;
  return (
    <Page title="Start a run" lead="The run starts immediately. You can follow it on its page.">
      {data === undefined && error !== undefined ? (
        <Failed what="The workflows" error={error} retry={() => read({ requestPolicy: "network-only" })} />
      ) : data === undefined ? (
        <Loading what="the workflows" />
      ) : name === null ? (
        <Empty
          title="No workflows that you may start"
          text="A workflow appears here if one of your roles may start it."
          action={
            <Button component={Link} to="/runs" variant="default">
              Go to the runs
            </Button>
          }
        />
      ) : (
        <Stack gap="md" maw="44rem">
          <NativeSelect
            label="Workflow"
            value={name}
            data={names.includes(name) ? names : [name, ...names]}
            onChange={({ currentTarget: { value } }) => setSearch({ workflow: value }, { replace: true })}
          />
          <OneWorkflow key={name} name={name} />
        </Stack>
      )}
    </Page>
  );
}

function OneWorkflow({ name }: { name: string }) {
  const [{ data, error }, read] = useQuery({ query: WorkflowToStart, variables: { name } });
  if (error !== undefined) {
    return <Failed what="The workflow" error={error} retry={() => read({ requestPolicy: "network-only" })} />;
  }
  if (data === undefined) return <Loading what="the workflow" />;
  if (data.workflow?.canStart !== true) {
    return (
      <Empty title="You may not start this workflow" text="It does not exist, or none of your roles may start it." />
    );
  }
  return <StartForm key={data.workflow.version} workflow={data.workflow} />;
}

function StartForm({ workflow }: { workflow: StartableFragment }) {
  const fields = fieldsOf(workflow.inputSchema as Schema | null);
  const [draft, setDraft] = useState(() => draftOf(fields ?? []));
  const [asJson, setAsJson] = useState(fields === null);
  const [json, setJson] = useState("");
  const [executionId, setExecutionId] = useState("");
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const client = useClient();
  const navigate = useNavigate();

  /** The input from the form; null if it is faulty. The fields then show the faults. */
  function written(): Record<string, unknown> | null {
    if (asJson || fields === null) {
      const { input, problem } = wholeInputOf(json);
      setFaults(problem === null ? {} : { "": problem });
      return problem === null ? input : null;
    }
    const { input, problems } = inputOf(fields, draft);
    setFaults(problems);
    return Object.keys(problems).length === 0 ? input : null;
  }

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault();
    setFailure(null);
    const input = written();
    if (input === null) return;
    setSending(true);
    const given = { name: workflow.name, version: workflow.version, input };
    const named = executionId.trim() === "" ? {} : { executionId: executionId.trim() };
    const { data, error } = await client.mutation(StartWorkflow, { input: { ...given, ...named } }).toPromise();
    setSending(false);
    const answer = data?.startWorkflow;
    if (answer === undefined) return setFailure(reasonOf(error));
    if (answer.__typename === "ValidationError") {
      return setFaults(faultsByField(answer.issues, asJson ? null : fields));
    }
    if ("message" in answer) return setFailure(answer.message);
    notify({ text: answer.created ? "The run has started." : "This run already exists.", tone: "good" });
    navigate(`/runs/${answer.run.id}`);
  }

  function switchForm(): void {
    if (!asJson && fields !== null) setJson(JSON.stringify(inputOf(fields, draft).input, null, 2));
    setFaults({});
    setAsJson(!asJson);
  }

  const whole = faults[""];
  return (
    <Paper component="form" withBorder p="md" onSubmit={send} noValidate aria-label="Input">
      <Stack gap="md">
        {asJson || fields === null ? (
          <Textarea
            label="Input"
            description="A JSON object. Default: {}."
            value={json}
            onChange={(event) => setJson(event.currentTarget.value)}
            error={whole}
            autosize
            minRows={6}
            maxRows={24}
            classNames={{ input: classes.code ?? "" }}
            spellCheck={false}
          />
        ) : (
          <InputFields
            fields={fields}
            draft={draft}
            faults={faults}
            onChange={(field, text) => setDraft((before) => ({ ...before, [field]: text }))}
          />
        )}
        <TextInput
          label="Execution id"
          description="Optional. Identifies the run: no second run starts with the same id."
          value={executionId}
          onChange={(event) => setExecutionId(event.currentTarget.value)}
          error={faults.executionId}
          dir="auto"
        />
        <div role="alert">
          {(failure !== null || (!asJson && whole !== undefined)) && (
            <Alert color="red" title="The run was not started">
              {failure ?? whole}
            </Alert>
          )}
        </div>
        <Group justify="space-between" gap="sm">
          {fields === null ? (
            <span />
          ) : (
            <Button variant="subtle" onClick={switchForm}>
              {asJson ? "Use the form" : "Edit as JSON"}
            </Button>
          )}
          <Button type="submit" loading={isSending}>
            Start the run
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
