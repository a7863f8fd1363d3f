/** The button that starts a run again from one of its checkpoints, with its confirmation dialog. */

import { Alert, Button, Group, Modal, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useClient } from "urql";
import type { RunPageFragment } from "../generated/graphql.ts";
import { useCover } from "../shared/keyboard.ts";
import { notify } from "../shared/notices.tsx";
import { reasonOf } from "../shared/states.tsx";
import { wholeInputOf } from "../start-run/schema-form.ts";
import classes from "../start-run/start-run.module.css";
import { RestartRun as RestartRunMutation } from "./steer.graphql.ts";

/** A checkpoint of the run, named by the gate before which it was stored. */
interface Start {
  id: string;
  label: string;
}

const startsOf = ({ jobs }: RunPageFragment): Start[] =>
  jobs.flatMap(({ id, checkpoint }) =>
    checkpoint == null ? [] : [{ id: checkpoint.id, label: `${checkpoint.name}, before ${id}` }],
  );

export function RestartRun({ run }: { run: RunPageFragment }) {
  const [isOpen, setOpen] = useState(false);
  useCover(isOpen);
  const starts = startsOf(run);
  if (!run.canStartAgain || starts.length === 0) return null;
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        Start again
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title="Start this run again?"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {isOpen && <Question run={run} starts={starts} onClose={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Question({ run, starts, onClose }: { run: RunPageFragment; starts: readonly Start[]; onClose(): void }) {
  const client = useClient();
  const navigate = useNavigate();
  const [checkpointId, setCheckpointId] = useState(starts.at(-1)?.id ?? "");
  const [config, setConfig] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault();
    const { input: changes, problem } = wholeInputOf(config);
    setFault(problem);
    setFailure(null);
    if (problem !== null) return;
    setSending(true);
    const input = { checkpointId, ...(Object.keys(changes).length > 0 && { config: changes }) };
    const { data, error } = await client.mutation(RestartRunMutation, { input }).toPromise();
    setSending(false);
    const answer = data?.startRunFromCheckpoint;
    if (answer === undefined) return setFailure(reasonOf(error));
    if ("message" in answer) return setFailure(answer.message);
    notify({ text: "A new run has started.", tone: "good" });
    onClose();
    navigate(`/runs/${answer.run.id}`);
  }

  return (
    <form onSubmit={send}>
      <Stack gap="md">
        <Text>
          A new run starts at the gate. It takes over the jobs that succeeded before the gate, with their outputs. The
          gate asks again.
        </Text>
        <NativeSelect
          label="Checkpoint"
          value={checkpointId}
          data={starts.map(({ id, label }) => ({ value: id, label }))}
          onChange={({ currentTarget: { value } }) => setCheckpointId(value)}
          data-autofocus
        />
        {run.canChange && (
          <Textarea
            classNames={{ input: classes.code ?? "" }}
            label="Changed configuration"
            description='Optional. Fields to change, by job, as JSON: { "train": { "epochs": 9 } }'
            value={config}
            onChange={(event) => setConfig(event.currentTarget.value)}
            error={fault}
            autosize
            minRows={2}
            maxRows={10}
            spellCheck={false}
          />
        )}
        {failure !== null && (
          <Alert color="red" role="alert" title="The run was not started">
            {failure}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={isSending}>
            Start again
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
