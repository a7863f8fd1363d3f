/** What it is, who asks, from where, and how it stands. */

import { Badge, Group, Text, Title } from "@mantine/core";
import { useViewer } from "../api/viewer.tsx";
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

export function RequestHeader({ request, createdBy }: { request: Request; createdBy: string | null }) {
  const { userId } = useViewer();
  const { title, requestedBy, workflowId, jobId, status, isOpen, expiresAt, createdAt } = request;
  return (
    <header className={classes.header}>
      <Group justify="space-between" wrap="nowrap" gap="sm" mb={4}>
        <BackLink to="/" list="Inbox" />
        <Manage request={request} createdBy={createdBy} />
      </Group>
      <Title order={1} size="h2" className={classes.title} dir="auto">
        {title}
      </Title>
      <Group gap="0.35rem 0.9rem" mt={6} className={classes.facts}>
        <Badge color={COLORS[status]} variant="light" className={classes.status}>
          {STATUS_WORDS[status]}
        </Badge>
        {isOpen && <Countdown to={expiresAt} />}
        <Text size="sm" span>
          <strong>{requestedBy === userId ? "You" : nameOf(requestedBy, userId)}</strong>{" "}
          {isOpen ? (requestedBy === userId ? "ask" : "asks") : "asked"}{" "}
          <span className={classes.soft}>
            <Ago at={createdAt} />
          </span>
        </Text>
        <Text size="sm" span>
          <span className={classes.soft}>Workflow</span> <strong>{workflowId}</strong>{" "}
          <span className={classes.soft}>step {jobId}</span>
        </Text>
      </Group>
    </header>
  );
}
