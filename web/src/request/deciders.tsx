/** The progress of the approvals, with the decision and comment of each approver. */

import { Group, Paper, Progress, Text, Title } from "@mantine/core";
import { useViewer } from "../api/viewer.tsx";
import { type Decider, decidersOf } from "../decision/policy-words.ts";
import { Icon } from "../shared/icons.tsx";
import { Ago } from "../shared/times.tsx";
import classes from "./request.module.css";
import { quorumWords } from "./request-words.ts";
import type { Request } from "./use-request.ts";

/** The maximum number of people in the list who have not decided. */
const MAX_WAITING = 12;

export function Deciders({ request }: { request: Request }) {
  const { people, roles } = decidersOf(request);
  const { approvers, approvalsRequired, isOpen, status } = request;
  const decided = people.filter((person) => person.decided !== null);
  // A final request needs no more decisions.
  const waiting = isOpen ? people.filter((person) => person.decided === null) : [];
  const shownRoles = isOpen ? roles : [];
  const color = status === "REJECTED" ? "red.8" : "green.8";
  if (!isOpen && decided.length === 0) return null;
  return (
    <Paper component="section" withBorder className={classes.card} aria-labelledby="deciders">
      <Group justify="space-between" mb={6}>
        <Title order={2} size="h5" id="deciders">
          Who decides
        </Title>
        <Text size="sm" className="numbers">
          {quorumWords(request)}
        </Text>
      </Group>
      <Progress
        value={(100 * Math.min(approvers.length, approvalsRequired)) / approvalsRequired}
        color={color}
        aria-label={quorumWords(request)}
        mb="sm"
      />
      <ul className={classes.people}>
        {[...decided, ...waiting.slice(0, MAX_WAITING)].map((person) => (
          <Person key={person.userId} {...person} />
        ))}
        {waiting.length > MAX_WAITING && <li className={classes.soft}>and {waiting.length - MAX_WAITING} more</li>}
        {shownRoles.map((role) => (
          <li key={role} data-state="WAITING">
            <Icon name="user" size={18} />
            <div>
              Anyone with the role <strong>{role}</strong>
            </div>
          </li>
        ))}
      </ul>
    </Paper>
  );
}

const VIA = { escalation: "since it was escalated", role: "by their role" } as const;

function Person({ userId, decided, via }: Decider) {
  const viewer = useViewer();
  const isApproval = decided?.decision === "APPROVE";
  const words = decided?.comment || decided?.reason;
  return (
    <li data-state={decided?.decision ?? "WAITING"}>
      <Icon name={decided === null ? "clock" : isApproval ? "check" : "cross"} size={18} />
      <div>
        <strong>{userId === viewer.userId ? "You" : userId}</strong>{" "}
        <span className={classes.soft}>
          {decided === null
            ? userId === viewer.userId
              ? "have not decided"
              : "has not decided"
            : isApproval
              ? "approved "
              : "rejected "}
          {decided !== null && <Ago at={decided.decidedAt} />}
          {via !== null && `, ${VIA[via]}`}
        </span>
        {words != null && words !== "" && (
          <Text size="sm" className={`user-text ${classes.quote}`} dir="auto">
            {words}
          </Text>
        )}
      </div>
    </li>
  );
}
