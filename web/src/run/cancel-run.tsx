/** The button that cancels a run, with its confirmation dialog. */

import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useClient } from "urql";
import type { RunPageFragment } from "../generated/graphql.ts";
import { useCover } from "../shared/keyboard.ts";
import { notify } from "../shared/notices.tsx";
import { reasonOf } from "../shared/states.tsx";
import { CancelRun as CancelRunMutation } from "./steer.graphql.ts";

export function CancelRun({ run }: { run: RunPageFragment }) {
  const [isOpen, setOpen] = useState(false);
  useCover(isOpen);
  if (!run.canCancel && !isOpen) return null;
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        Cancel the run
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title="Cancel this run?"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {isOpen && <Question run={run} onClose={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Question({ run, onClose }: { run: RunPageFragment; onClose(): void }) {
  const client = useClient();
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    const given = reason.trim();
    const input = { runId: run.id, ...(given !== "" && { reason: given }) };
    const { data, error } = await client.mutation(CancelRunMutation, { input }).toPromise();
    setSending(false);
    const answer = data?.cancelWorkflowRun;
    if (answer === undefined) return setFailure(reasonOf(error));
    if ("message" in answer) return setFailure(answer.message);
    notify({ text: "The run is being cancelled.", tone: "good" });
    onClose();
  }

  return (
    <form onSubmit={send}>
      <Stack gap="md">
        <Text>
          Its open requests and the jobs that have not started are cancelled. Running jobs end when their handlers end.
          This cannot be undone.
        </Text>
        <Textarea
          label="Reason"
          description="Optional. Visible to the people who were asked to decide."
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={10_000}
          autosize
          minRows={2}
          maxRows={8}
          dir="auto"
          data-autofocus
        />
        {failure !== null && (
          <Alert color="red" role="alert" title="The run was not cancelled">
            {failure}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Keep it running
          </Button>
          <Button type="submit" color="red.9" loading={isSending}>
            Cancel the run
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
