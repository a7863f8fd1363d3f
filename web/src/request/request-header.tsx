/** The header of a request: title, status, requester and workflow. */

import { Badge, Group, Text, Title } from "@mantine/core";
import { isLow } from "../../../src/model/risk.ts";
import { useViewer } from "../api/viewer.tsx";
import { otherCreator } from "../decision/decision-words.ts";
import { BackLink } from "../shared/back-link.tsx";
import { Ago, Countdown } from "../shared/times.tsx";
import { nameOf, STATUS_WORDS } from "../shared/words.ts";
import { Manage } from "./manage.tsx";
import classes from "./request.module.css";
import type { Request } from "./use-request.ts";

const COLORS = {
  PENDING: "indigo",
  ESCALATED: "orange",
  APPROVED: "green",
  REJECTED: "red",
  TIMEOUT: "gray",
  CANCELLED: "gray",
} as const;

export function RequestHeader({ request }: { request: Request }) {
  const { userId } = useViewer();
  const { title, requestedBy, workflowId, jobId, status, isOpen, expiresAt, createdAt, risk } = request;
  const creator = otherCreator(request);
  return (
    <header className={classes.header}>
      <Group justify="space-between" wrap="nowrap" gap="sm" mb={4}>
        <BackLink to="/" list="Inbox" />
        <Manage request={request} />
      </Group>
      <Title order={1} size="h2" className={classes.title} dir="auto">
        {title}
      </Title>
      <Group gap="0.35rem 0.9rem" mt={6} className={classes.facts}>
        <Badge color={COLORS[status]} variant="light" className={classes.status}>
          {STATUS_WORDS[status]}
        </Badge>
        {risk != null && (
          <Badge color={isLow(risk) ? "gray" : "orange"} variant="light" className={classes.status}>
            Risk: {risk}
          </Badge>
        )}
        {isOpen && <Countdown to={expiresAt} />}
        <Text size="sm" span>
          <strong>{requestedBy === userId ? "You" : nameOf(requestedBy, userId)}</strong>{" "}
          {isOpen ? (requestedBy === userId ? "ask" : "asks") : "asked"}{" "}
          <span className={classes.soft}>
            <Ago at={createdAt} />
          </span>
        </Text>
        {creator !== null && (
          <Text size="sm" span>
            <span className={classes.soft}>Created by</span> <strong>{nameOf(creator, userId)}</strong>
          </Text>
        )}
        <Text size="sm" span>
          <span className={classes.soft}>Workflow</span> <strong>{workflowId}</strong>{" "}
          <span className={classes.soft}>job {jobId}</span>
        </Text>
      </Group>
    </header>
  );
}
