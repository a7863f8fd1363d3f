/** The requester's actions: cancel, escalate, extend. Each asks for confirmation. */

import { Alert, Button, Group, Menu, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useClient } from "urql";
import { useViewer } from "../api/viewer.tsx";
import { manageable } from "../decision/policy-words.ts";
import { useCover } from "../shared/keyboard.ts";
import { notify } from "../shared/notices.tsx";
import { reasonOf } from "../shared/states.tsx";
import { list } from "../shared/words.ts";
import { CancelRequest, Escalate, Extend } from "./request.graphql.ts";
import type { Request } from "./use-request.ts";

type Act = "cancel" | "escalate" | "extend";

const WORDS = {
  cancel: { item: "Cancel request", title: "Cancel this request?", done: "Cancelled. No decision is needed." },
  escalate: { item: "Escalate", title: "Escalate this request?", done: "Escalated." },
  extend: { item: "Extend", title: "Extend the time to decide?", done: "Extended." },
} as const;

export function Manage({ request }: { request: Request }) {
  const may = manageable(request, useViewer());
  const acts = (["extend", "escalate", "cancel"] as const).filter((act) => may[act]);
  const [act, setAct] = useState<Act | null>(null);
  useCover(act !== null);
  if (acts.length === 0 && act === null) return null;
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={200}>
        <Menu.Target>
          <Button variant="default" size="xs">
            Manage
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {acts.map((offered) => (
            <Menu.Item key={offered} onClick={() => setAct(offered)}>
              {WORDS[offered].item}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={act !== null}
        onClose={() => setAct(null)}
        title={act === null ? "" : WORDS[act].title}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {act !== null && <Question act={act} request={request} onClose={() => setAct(null)} />}
      </Modal>
    </>
  );
}

function Question({ act, request, onClose }: { act: Act; request: Request; onClose(): void }) {
  const run = useAct(request.id);
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState(() => localInput(new Date(Date.parse(request.expiresAt) + request.timeoutMs)));
  const [failure, setFailure] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault();
    const end = new Date(until);
    if (act === "extend" && !(end.getTime() > Date.parse(request.expiresAt))) {
      return setFailure("Choose a time later than the current expiry.");
    }
    setSending(true);
    const failed = await run(act, reason.trim(), end);
    setSending(false);
    if (failed !== null) return setFailure(failed);
    notify({ text: WORDS[act].done, tone: "good" });
    onClose();
  }

  return (
    <form onSubmit={send}>
      <Stack gap="md">
        {act === "cancel" && (
          <Text>It can no longer be decided, and the workflow is notified that it was cancelled.</Text>
        )}
        {act === "escalate" && (
          <Text>{list(request.escalateToUsers)} may then also decide. The expiry does not change.</Text>
        )}
        {act === "extend" ? (
          <TextInput
            type="datetime-local"
            label="New expiry"
            description="In your time zone"
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
            required
            data-autofocus
          />
        ) : (
          <Textarea
            label="Reason"
            description="Optional"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={10_000}
            autosize
            minRows={2}
            maxRows={8}
            dir="auto"
            data-autofocus
          />
        )}
        {failure !== null && (
          <Alert color="red" role="alert" title="The request was not changed">
            {failure}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button type="submit" color={act === "cancel" ? "red.9" : undefined} loading={isSending}>
            {WORDS[act].item}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Sends the action. @returns why it failed; null if it succeeded */
function useAct(requestId: string): (act: Act, reason: string, end: Date) => Promise<string | null> {
  const client = useClient();
  return async (act, reason, end) => {
    const given = { requestId, ...(reason !== "" && { reason }) };
    const result =
      act === "cancel"
        ? await client.mutation(CancelRequest, { input: given }).toPromise()
        : act === "escalate"
          ? await client.mutation(Escalate, { input: given }).toPromise()
          : await client.mutation(Extend, { input: { requestId, expiresAt: end.toISOString() } }).toPromise();
    const [answer] = Object.values(result.data ?? {});
    if (answer === undefined) return reasonOf(result.error);
    return "message" in answer ? answer.message : null;
  };
}

/** An instant as the value of a `datetime-local` field: in local time, to the minute. */
function localInput(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
