/** The button that moves a run to the newest version of its workflow, and the dialog that lists the changes. */

import { Alert, Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { useClient, useQuery } from "urql";
import type { RunMovePlanInInboxQuery, RunPageFragment } from "../generated/graphql.ts";
import { useCover } from "../shared/keyboard.ts";
import { notify } from "../shared/notices.tsx";
import { reasonOf } from "../shared/states.tsx";
import { MoveRun as MoveRunMutation, RunMovePlan } from "./steer.graphql.ts";

type Plan = NonNullable<NonNullable<RunMovePlanInInboxQuery["workflowRun"]>["movePlan"]>;

export function MoveRun({ run }: { run: RunPageFragment }) {
  const [isOpen, setOpen] = useState(false);
  useCover(isOpen);
  const [{ data }, read] = useQuery({
    query: RunMovePlan,
    variables: { id: run.id },
    requestPolicy: "cache-and-network",
    pause: !run.isOpen || !run.canCancel,
  });
  // A job may have started in the meantime.
  useEffect(() => {
    if (isOpen) read({ requestPolicy: "network-only" });
  }, [isOpen, read]);
  const plan = data?.workflowRun?.movePlan;
  if (plan == null || !run.canCancel) return null;
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        Move to version {plan.version}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={`Move this run to version ${plan.version}?`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {isOpen && <Question run={run} plan={plan} onClose={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Question({ run, plan, onClose }: { run: RunPageFragment; plan: Plan; onClose(): void }) {
  const client = useClient();
  const [failure, setFailure] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    const input = { runId: run.id, version: plan.version };
    const { data, error } = await client.mutation(MoveRunMutation, { input }).toPromise();
    setSending(false);
    const answer = data?.moveWorkflowRun;
    if (answer === undefined) return setFailure(reasonOf(error));
    if ("message" in answer) return setFailure(answer.message);
    notify({ text: `The run continues with version ${plan.version}.`, tone: "good" });
    onClose();
  }

  const why = failure ?? plan.refusal;
  return (
    <form onSubmit={send}>
      <Stack gap="md">
        <Text>The run continues with the new document. Open requests do not change.</Text>
        <Changes plan={plan} />
        {why != null && (
          <Alert
            color="red"
            role="alert"
            title={failure === null ? "The run cannot be moved" : "The run was not moved"}
          >
            {why}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          {plan.refusal == null && (
            <Button type="submit" loading={isSending} data-autofocus>
              Move
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function Changes({ plan: { added, removed, changed } }: { plan: Plan }) {
  const kinds = Object.entries({ Added: added, Removed: removed, Changed: changed }).filter(
    ([, ids]) => ids.length > 0,
  );
  if (kinds.length === 0) return <Text>No job changes.</Text>;
  return (
    <List aria-label="What changes">
      {kinds.map(([kind, ids]) => (
        <List.Item key={kind}>
          {kind}: <strong dir="auto">{ids.join(", ")}</strong>
        </List.Item>
      ))}
    </List>
  );
}
