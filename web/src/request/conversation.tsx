/** The conversation. A new comment appears immediately, marked as unsent until the server has stored it. */

import { Button, Group, Paper, Text, Textarea, Title } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useMutation } from "urql";
import { useViewer } from "../api/viewer.tsx";
import { Failed, reasonOf } from "../shared/states.tsx";
import { Ago } from "../shared/times.tsx";
import { AddComment } from "./request.graphql.ts";
import classes from "./request.module.css";
import type { Comment, Request } from "./use-request.ts";

interface Unsent {
  key: number;
  body: string;
  /** Why it could not be sent. */
  failure: string | null;
  /** The id of the stored comment, until the list of comments has it. */
  id: string | null;
}

interface Props {
  request: Request;
  comments: readonly Comment[] | null;
  error: unknown;
  canComment: boolean;
}

const MAX_LENGTH = 10_000;
let lastKey = 0;

export function Conversation({ request, comments, error, canComment }: Props) {
  const { userId } = useViewer();
  const [, add] = useMutation(AddComment);
  const [unsent, setUnsent] = useState<readonly Unsent[]>([]);
  const known = new Set(comments?.map(({ id }) => id));

  async function send(body: string): Promise<void> {
    const key = ++lastKey;
    const note = (more: Partial<Unsent>) =>
      setUnsent((list) => list.map((comment) => (comment.key === key ? { ...comment, ...more } : comment)));
    setUnsent((list) => [
      ...list.filter(({ id }) => id === null || !known.has(id)),
      { key, body, failure: null, id: null },
    ]);
    const { data, error } = await add({ input: { requestId: request.id, body } });
    const answer = data?.addApprovalComment;
    if (answer?.__typename === "AddApprovalCommentPayload") note({ id: answer.comment.id });
    else note({ failure: answer?.message ?? reasonOf(error) });
  }
  const again = ({ key, body }: Unsent) => {
    setUnsent((list) => list.filter((comment) => comment.key !== key));
    void send(body);
  };

  const waiting = unsent.filter(({ id }) => id === null || !known.has(id));
  return (
    <Paper component="section" withBorder className={classes.card} aria-labelledby="conversation">
      <Title order={2} size="h5" id="conversation" mb="xs">
        Conversation
      </Title>
      {comments === null && error !== undefined && <Failed what="The conversation" error={error} />}
      {comments !== null && comments.length + waiting.length === 0 && (
        <Text c="dimmed" size="sm">
          No comments yet.
        </Text>
      )}
      <ol className={classes.comments}>
        {comments?.map(({ id, author, body, createdAt }) => (
          <li key={id} data-own={author === userId || undefined}>
            <Text size="sm">
              <strong>{author === userId ? "You" : author}</strong>{" "}
              <span className={classes.soft}>
                <Ago at={createdAt} />
              </span>
            </Text>
            <Text className="user-text" dir="auto">
              {body}
            </Text>
          </li>
        ))}
        {waiting.map((comment) => (
          <li key={comment.key} data-own data-unsent>
            <Text size="sm">
              <strong>You</strong>{" "}
              <span className={classes.soft}>{comment.failure === null ? "just now" : "not sent"}</span>
            </Text>
            <Text className="user-text" dir="auto">
              {comment.body}
            </Text>
            {comment.failure !== null && (
              <Group gap="xs" role="alert">
                <Text size="sm" c="var(--bad)">
                  {comment.failure}
                </Text>
                <Button variant="default" size="compact-sm" onClick={() => again(comment)}>
                  Send again
                </Button>
              </Group>
            )}
          </li>
        ))}
      </ol>
      {canComment && <Composer onSend={send} />}
    </Paper>
  );
}

function Composer({ onSend }: { onSend(body: string): void }) {
  const [text, setText] = useState("");
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() === "") return;
    onSend(text.trim());
    setText("");
  };
  const sendByKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  };
  return (
    <form onSubmit={send}>
      <Textarea
        id="comment"
        label="Comment"
        placeholder="Ask a question or add information. A comment is not a decision."
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={sendByKey}
        maxLength={MAX_LENGTH}
        autosize
        minRows={2}
        maxRows={10}
        dir="auto"
      />
      <Group justify="flex-end" mt="xs">
        <Button type="submit" variant="default" disabled={text.trim() === ""}>
          Send
        </Button>
      </Group>
    </form>
  );
}
