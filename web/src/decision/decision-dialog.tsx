/**
 * The dialog that confirms a decision and explains what happens next. It does not depend on GraphQL or our client, so
 * that other React applications can show it: they pass the request and a function that sends the decision.
 */

import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useState } from "react";
import classes from "./decision.module.css";
import {
  type Decide,
  type Decision,
  type DecisionResult,
  type DecisionSubject,
  isOver as isOverAfter,
  maySendAgain,
} from "./decision-model.ts";
import { DecisionResults } from "./decision-results.tsx";
import {
  nextSentence,
  nextSentenceOfMany,
  otherCreator,
  questionOf,
  refusalSentence,
  SELF_APPROVAL,
} from "./decision-words.ts";
import { draftOf, storeDraft } from "./drafts.ts";

export interface DecisionDialogProps {
  /** The requests to decide. All get the same decision. */
  requests: readonly DecisionSubject[];
  /** Null while the dialog is closed. */
  decision: Decision | null;
  viewerId: string;
  decide: Decide;
  onClose(): void;
  /** Called with all answers once they are complete. A single recorded decision closes the dialog. */
  onDecided?(results: readonly DecisionResult[], decision: Decision): void;
  /** Shows a request whose content has changed. Default: the dialog only reports the change. */
  onLookAgain?(subject: DecisionSubject): void;
  /** Content below the title of a single request. */
  children?: ReactNode;
}

/** The API's limit. */
const MAX_COMMENT_LENGTH = 10_000;
/** The maximum number of titles in the list. */
const MAX_TITLES = 100;
/** The maximum number of decisions that are sent at the same time. */
const MAX_CONCURRENT = 8;

export function DecisionDialog(props: DecisionDialogProps) {
  const { decision, onClose } = props;
  // The last content stays on screen while the dialog closes.
  const [last, setLast] = useState(props);
  useEffect(() => {
    if (decision !== null) setLast(props);
  }, [props, decision]);
  // The results of several decisions appear in the same dialog.
  const [showsResults, setShowsResults] = useState(false);
  const shown = decision === null ? last : props;
  if (shown.decision === null || shown.requests.length === 0) return null;
  return (
    <Modal
      opened={decision !== null}
      onClose={onClose}
      title={<b>{showsResults ? "Result" : questionOf(shown.requests, shown.decision)}</b>}
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Question {...shown} decision={shown.decision} onResults={setShowsResults} />
    </Modal>
  );
}

type QuestionProps = DecisionDialogProps & { decision: Decision; onResults(areVisible: boolean): void };

function Question(props: QuestionProps) {
  const { requests, decision, viewerId, decide, onClose, onDecided, onLookAgain, onResults, children } = props;
  const [only] = requests;
  const single = requests.length === 1 ? (only as DecisionSubject) : null;
  const draft = ({ id }: DecisionSubject) => ({ requestId: id, decision, viewerId });
  const [comment, setComment] = useState(() => (single === null ? "" : draftOf(draft(single))));
  const [isMissing, setMissing] = useState(false);
  const [isSending, setSending] = useState(false);
  const [results, setResults] = useState<readonly DecisionResult[] | null>(null);

  useEffect(() => onResults(results !== null && single === null), [onResults, results, single]);
  function write(text: string): void {
    setComment(text);
    if (single !== null) storeDraft(draft(single), text);
  }
  async function send(event?: FormEvent): Promise<void> {
    event?.preventDefault();
    const text = comment.trim();
    if (decision === "REJECT" && text === "") return setMissing(true);
    setSending(true);
    const answers = await mapConcurrently(requests, async (subject) => ({
      subject,
      answer: await decide(subject, decision, text),
    }));
    setSending(false);
    for (const { subject, answer } of answers) storeDraft(draft(subject), isOverAfter(answer) ? "" : comment);
    onDecided?.(answers, decision);
    if (single !== null && answers[0]?.answer.recorded) onClose();
    else setResults(answers);
  }
  const sendByKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
  };

  if (results !== null && single === null) {
    return <DecisionResults results={results} decision={decision} viewerId={viewerId} onClose={onClose} />;
  }
  const answer = results?.[0]?.answer;
  const refused = answer?.recorded === false ? answer : null;
  const isOver = refused !== null && !maySendAgain(refused);
  const isApproval = decision === "APPROVE";

  return (
    <form onSubmit={send}>
      <Stack gap="md">
        {single === null ? (
          <>
            <Titles requests={requests} />
            <Text>{nextSentenceOfMany(requests, decision, viewerId)}</Text>
          </>
        ) : (
          <div>
            <Text fw={600} className="user-text" dir="auto">
              {single.title}
            </Text>
            <Text size="sm" c="dimmed">
              <bdi>{single.requestedBy}</bdi> asks, for the workflow <bdi>{single.workflowId}</bdi>.
              <Creator subject={single} />
            </Text>
            <Warnings subject={single} />
            {children}
          </div>
        )}
        {single !== null && !isOver && <Text>{nextSentence(single, decision, viewerId)}</Text>}
        {refused !== null && (
          <Alert color="red" title="Your decision was not recorded" role="alert">
            {refusalSentence(refused, viewerId)}
            {isOver && !isOverAfter(refused) && comment.trim() !== "" && " Your comment is not lost."}
          </Alert>
        )}
        {!isOver && (
          <Textarea
            label="Comment"
            description={isApproval ? "Optional" : "Explain why, so that people know what to change."}
            value={comment}
            error={isMissing && comment.trim() === "" ? "A rejection needs a reason." : undefined}
            onChange={(event) => write(event.currentTarget.value)}
            onKeyDown={sendByKey}
            maxLength={MAX_COMMENT_LENGTH}
            autosize
            minRows={3}
            maxRows={10}
            dir="auto"
            data-autofocus
          />
        )}
        {isOver && comment.trim() !== "" && (
          <Textarea
            label="Your comment"
            description="It was not sent."
            value={comment}
            readOnly
            autosize
            maxRows={10}
          />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {isOver ? "Close" : "Cancel"}
          </Button>
          {isOver && refused?.code === "STALE_CONTEXT" && onLookAgain !== undefined && single !== null && (
            <Button onClick={() => onLookAgain(single)}>Review again</Button>
          )}
          {!isOver && (
            <Button type="submit" color={isApproval ? "green.9" : "red.9"} loading={isSending}>
              {isApproval ? "Approve" : "Reject"}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

const Creator = ({ subject }: { subject: DecisionSubject }) => {
  const creator = otherCreator(subject);
  return (
    creator !== null && (
      <>
        {" "}
        Created by <bdi>{creator}</bdi>.
      </>
    )
  );
};

/** Warnings before the decision. */
const Warnings = ({ subject: { risk, allowSelfApproval } }: { subject: DecisionSubject }) => (
  <>
    {risk != null && (
      <Text size="sm" fw={600} className={classes.risk} data-low={risk.toLowerCase() === "low" || undefined}>
        Risk: {risk}
      </Text>
    )}
    {allowSelfApproval === true && (
      <Text size="sm" fw={600} className={classes.risk}>
        {SELF_APPROVAL}
      </Text>
    )}
  </>
);

/** The titles of the requests that are decided together. */
const Titles = ({ requests }: Pick<DecisionDialogProps, "requests">) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: the list scrolls, so it must be reachable by keyboard
  <section className={classes.scrolled} aria-label="The requests" tabIndex={0}>
    <ul className={classes.titles}>
      {requests.slice(0, MAX_TITLES).map(({ id, title, allowSelfApproval }) => (
        <li key={id} dir="auto">
          {title}
          {allowSelfApproval === true && <div className={classes.risk}>{SELF_APPROVAL}</div>}
        </li>
      ))}
    </ul>
    {requests.length > MAX_TITLES && <Text size="sm">and {(requests.length - MAX_TITLES).toLocaleString()} more</Text>}
  </section>
);

/** Runs a function for each item, a few at the same time. The results have the order of the items. */
async function mapConcurrently<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const work = async () => {
    for (const [index, item] of waiting) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT }, work));
  return results;
}
