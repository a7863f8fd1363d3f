/** The panel with the decision: its buttons, or its outcome, and the policy in sentences. */

import { Button, Group, Kbd, Paper, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useViewer } from "../api/viewer.tsx";
import type { Decision } from "../decision/decision-model.ts";
import { nextSentence, SELF_APPROVAL } from "../decision/decision-words.ts";
import { othersSentence, whySentence } from "../decision/policy-words.ts";
import { Ago, At, Countdown } from "../shared/times.tsx";
import { PolicySection } from "./policy-section.tsx";
import classes from "./request.module.css";
import { consequence, outcomeSentence, ownSentence, thenSentence } from "./request-words.ts";
import type { Request } from "./use-request.ts";

interface Props {
  request: Request;
  canDecide: boolean;
  isOver: boolean;
  /** Whether the content has changed since the viewer read it. */
  isChanged: boolean;
  onDecide(decision: Decision): void;
}

export function DecisionPanel(props: Props) {
  const { request, isOver, canDecide } = props;
  const title = !request.isOpen ? "Outcome" : canDecide ? "Your decision" : "Status";
  return (
    <Paper component="section" withBorder className={classes.card} aria-labelledby="decision">
      <Title order={2} size="h5" id="decision" mb="xs">
        {title}
      </Title>
      <div role="status">
        {!request.isOpen ? <Outcome request={request} /> : isOver ? <Over /> : <OwnApproval {...props} />}
      </div>
      {request.isOpen && request.allowSelfApproval && (
        <div className={classes.outcome} data-tone="warning">
          <Text size="sm" fw={600}>
            {SELF_APPROVAL}
          </Text>
        </div>
      )}
      {canDecide && <Buttons {...props} />}
      {request.isOpen && !isOver && <Answers {...props} />}
      <PolicySection policy={request} />
    </Paper>
  );
}

function Outcome({ request }: { request: Request }) {
  const { userId } = useViewer();
  const { status, decidedAt, comment } = request;
  const tone = status === "APPROVED" ? "good" : status === "CANCELLED" ? "plain" : "bad";
  return (
    <div className={classes.outcome} data-tone={tone}>
      <Text fw={650}>{outcomeSentence(request, userId)}</Text>
      {decidedAt != null && (
        <Text size="sm" c="dimmed">
          <Ago at={decidedAt} />
        </Text>
      )}
      {comment != null && comment !== "" && (
        <Text size="sm" className="user-text" dir="auto" component="blockquote" m="0.4rem 0 0">
          {comment}
        </Text>
      )}
      <Text size="sm" mt={4}>
        {consequence(request)}
      </Text>
    </div>
  );
}

const Over = () => (
  <>
    <Text fw={650}>The request has expired.</Text>
    <Text size="sm">Its outcome is being recorded.</Text>
  </>
);

/** The viewer's own approval, if any. */
function OwnApproval({ request }: Props) {
  const { userId } = useViewer();
  if (!request.approvers.includes(userId)) return null;
  return (
    <div className={classes.outcome} data-tone="good">
      <Text fw={600}>{ownSentence(request)}</Text>
    </div>
  );
}

function Buttons({ isChanged, onDecide }: Props) {
  return (
    <div className={classes.buttons}>
      {isChanged && (
        <Text size="sm" mb="xs" fw={600}>
          The content has changed. Read what changed before you decide.
        </Text>
      )}
      <Group gap="sm" grow wrap="nowrap">
        <Button color="green.9" size="md" onClick={() => onDecide("APPROVE")} rightSection={<Key name="A" />}>
          Approve
        </Button>
        <Button
          color="red.9"
          variant="outline"
          size="md"
          className={classes.reject}
          onClick={() => onDecide("REJECT")}
          rightSection={<Key name="R" />}
        >
          Reject
        </Button>
      </Group>
    </div>
  );
}

const Key = ({ name }: { name: string }) => (
  <Kbd size="xs" visibleFrom="sm" aria-hidden="true">
    {name}
  </Kbd>
);

function Answers({ request, canDecide }: Props) {
  const viewer = useViewer();
  const { expiresAt } = request;
  return (
    <dl className={classes.answers}>
      <Answer question={canDecide ? "Why you" : "Why you see it"}>{whySentence(request, viewer)}</Answer>
      {canDecide && (
        <>
          <Answer question="If you approve">{nextSentence(request, "APPROVE", viewer.userId)}</Answer>
          <Answer question="If you reject">{nextSentence(request, "REJECT", viewer.userId)}</Answer>
        </>
      )}
      <Answer question={canDecide ? "Who else" : "Who decides"}>{othersSentence(request, viewer)}</Answer>
      <Answer question="Until">
        <strong>
          <At at={expiresAt} />
        </strong>{" "}
        (<Countdown to={expiresAt} />
        ). {thenSentence(request)}
      </Answer>
    </dl>
  );
}

const Answer = ({ question, children }: { question: string; children: ReactNode }) => (
  <div>
    <dt>{question}</dt>
    <dd>{children}</dd>
  </div>
);
