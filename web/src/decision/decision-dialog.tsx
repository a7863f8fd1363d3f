/**
 * Asks once more before a decision is sent, and says what will happen next. It knows neither GraphQL nor our client, so
 * that other React applications can show it: they give the request, and a function that sends.
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
import { draftOf, keepDraft } from "./drafts.ts";

export interface DecisionDialogProps {
  /** What is decided; several are decided alike. */
  requests: readonly DecisionSubject[];
  /** Null while the dialog is closed. */
  decision: Decision | null;
  viewerId: string;
  decide: Decide;
  onClose(): void;
  /** Told of every answer, once all are there. A single recorded one closes the dialog. */
  onDecided?(results: readonly DecisionResult[], decision: Decision): void;
  /** Shows a request whose content has changed; without it the dialog only says so. */
  onLookAgain?(subject: DecisionSubject): void;
  /** Below the title of a single request. */
  children?: ReactNode;
}

/** Longer comments are the API's. */
const LONGEST_COMMENT = 10_000;
/** Titles of several that are listed. */
const MOST_TITLES = 100;
/** Decisions that are under way at a time. */
const AT_ONCE = 8;

export function DecisionDialog(props: DecisionDialogProps) {
  const { decision, onClose } = props;
  // What it said last stays on screen while it closes.
  const [last, setLast] = useState(props);
  useEffect(() => {
    if (decision !== null) setLast(props);
  }, [props, decision]);
  // Of several the results are told in the same dialog.
  const [isTold, setTold] = useState(false);
  const shown = decision === null ? last : props;
  if (shown.decision === null || shown.requests.length === 0) return null;
  return (
    <Modal
      opened={decision !== null}
      onClose={onClose}
      title={<b>{isTold ? "Result" : questionOf(shown.requests, shown.decision)}</b>}
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Question {...shown} decision={shown.decision} onTold={setTold} />
    </Modal>
  );
}

type QuestionProps = DecisionDialogProps & { decision: Decision; onTold(isTold: boolean): void };

function Question(props: QuestionProps) {
  const { requests, decision, viewerId, decide, onClose, onDecided, onLookAgain, onTold, children } = props;
  const [only] = requests;
  const single = requests.length === 1 ? (only as DecisionSubject) : null;
  const draft = ({ id }: DecisionSubject) => ({ requestId: id, decision, viewerId });
  const [comment, setComment] = useState(() => (single === null ? "" : draftOf(draft(single))));
  const [isMissing, setMissing] = useState(false);
  const [isSending, setSending] = useState(false);
  const [results, setResults] = useState<readonly DecisionResult[] | null>(null);

  useEffect(() => onTold(results !== null && single === null), [onTold, results, single]);
  function write(text: string): void {
    setComment(text);
    if (single !== null) keepDraft(draft(single), text);
  }
  async function send(event?: FormEvent): Promise<void> {
    event?.preventDefault();
    const said = comment.trim();
    if (decision === "REJECT" && said === "") return setMissing(true);
    setSending(true);
    const answers = await inTurns(requests, async (subject) => ({
      subject,
      answer: await decide(subject, decision, said),
    }));
    setSending(false);
    for (const { subject, answer } of answers) keepDraft(draft(subject), isOverAfter(answer) ? "" : comment);
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
            <Text fw={600} className="said" dir="auto">
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
            {isOver && !isOverAfter(refused) && comment.trim() !== "" && " Your comment will still be here."}
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
            maxLength={LONGEST_COMMENT}
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

/** Warnings for everybody who decides. */
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

/** What is about to be decided together. */
const Titles = ({ requests }: Pick<DecisionDialogProps, "requests">) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be scrolled by keys
  <section className={classes.scrolled} aria-label="The requests" tabIndex={0}>
    <ul className={classes.titles}>
      {requests.slice(0, MOST_TITLES).map(({ id, title, allowSelfApproval }) => (
        <li key={id} dir="auto">
          {title}
          {allowSelfApproval === true && <div className={classes.risk}>{SELF_APPROVAL}</div>}
        </li>
      ))}
    </ul>
    {requests.length > MOST_TITLES && (
      <Text size="sm">and {(requests.length - MOST_TITLES).toLocaleString()} more</Text>
    )}
  </section>
);

/** Runs something for each, some at a time, and keeps their order. */
async function inTurns<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const work = async () => {
    for (const [index, item] of waiting) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
