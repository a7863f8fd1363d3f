/** The results of several decisions, one line for each request. */

import { Button, Group, Stack, Text } from "@mantine/core";
import classes from "./decision.module.css";
import type { Decision, DecisionResult } from "./decision-model.ts";
import { recordedSentence, refusalSentence, tally } from "./decision-words.ts";

interface Props {
  results: readonly DecisionResult[];
  decision: Decision;
  viewerId: string;
  onClose(): void;
}

export function DecisionResults({ results, decision, viewerId, onClose }: Props) {
  const answers = results.map(({ answer }) => answer);
  // Decisions that were not recorded come first.
  const ordered = results.toSorted((a, b) => Number(a.answer.recorded) - Number(b.answer.recorded));
  return (
    <Stack gap="md">
      <Text role="status">{tally(answers, decision)}</Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the list scrolls, so it must be reachable by keyboard */}
      <section className={classes.scrolled} aria-label="Results" tabIndex={0}>
        <ul className={classes.results}>
          {ordered.map(({ subject, answer }) => (
            <li key={subject.id} data-recorded={answer.recorded}>
              <Text size="sm" fw={600} dir="auto">
                {subject.title}
              </Text>
              <Text size="sm" className={classes.result}>
                {answer.recorded ? recordedSentence(answer.request, decision) : refusalSentence(answer, viewerId)}
              </Text>
            </li>
          ))}
        </ul>
      </section>
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          Done
        </Button>
      </Group>
    </Stack>
  );
}
