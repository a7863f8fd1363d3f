/** The button that retries a failed job in its run, with its confirmation dialog. */

import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useClient } from "urql";
import type { RunPageFragment } from "../generated/graphql.ts";
import { useCover } from "../shared/keyboard.ts";
import { notify } from "../shared/notices.tsx";
import { reasonOf } from "../shared/states.tsx";
import { RetryJob as RetryJobMutation } from "./steer.graphql.ts";

interface Props {
  run: RunPageFragment;
  jobId: string;
}

export function RetryJob({ run, jobId }: Props) {
  const [isOpen, setOpen] = useState(false);
  useCover(isOpen);
  return (
    <>
      <Button variant="default" size="compact-xs" onClick={() => setOpen(true)} aria-label={`Retry ${jobId}`}>
        Retry
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={`Retry ${jobId}?`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {isOpen && <Question run={run} jobId={jobId} onClose={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Question({ run, jobId, onClose }: Props & { onClose(): void }) {
  const client = useClient();
  const [failure, setFailure] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    const { data, error } = await client.mutation(RetryJobMutation, { input: { runId: run.id, jobId } }).toPromise();
    setSending(false);
    const answer = data?.retryWorkflowJob;
    if (answer === undefined) return setFailure(reasonOf(error));
    if ("message" in answer) return setFailure(answer.message);
    notify({ text: `${jobId} runs again.`, tone: "good" });
    onClose();
  }

  return (
    <form onSubmit={send}>
      <Stack gap="md">
        <Text>
          The job runs again in this run, and so do the jobs that were skipped because of it. Other jobs do not change.
        </Text>
        {failure !== null && (
          <Alert color="red" role="alert" title="The job was not retried">
            {failure}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={isSending} data-autofocus>
            Retry
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
