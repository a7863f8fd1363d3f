/** What stands where content is not: each state says what is going on and what can be done. */

import { Button, Loader, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./states.module.css";

interface StateProps {
  title: string;
  text?: ReactNode;
  /** What can be done about it. */
  action?: ReactNode;
}

/** Nothing is there, and that is right. */
export function Empty({ title, text, action }: StateProps) {
  return (
    <Stack className={classes.state} gap="xs" align="center">
      <Title order={2} size="h3">
        {title}
      </Title>
      {text !== undefined && <Text c="dimmed">{text}</Text>}
      {action}
    </Stack>
  );
}

/** It is on its way. */
export function Loading({ what }: { what: string }) {
  return (
    <Stack className={classes.state} gap="sm" align="center" role="status">
      <Loader size="md" />
      <Text c="dimmed">Loading {what}…</Text>
    </Stack>
  );
}

/** It could not be had. @param retry tries again */
export function Failed({ what, error, retry }: { what: string; error: unknown; retry?: () => void }) {
  return (
    <Stack className={classes.state} gap="xs" align="center" role="alert">
      <Title order={2} size="h3">
        {what} could not be loaded
      </Title>
      <Text c="dimmed">{reasonOf(error)}</Text>
      {retry !== undefined && (
        <Button mt="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </Stack>
  );
}

/** Why something failed, as a person needs to know it. */
export function reasonOf(error: unknown): string {
  const { networkError, graphQLErrors } = (error ?? {}) as {
    networkError?: Error;
    graphQLErrors?: readonly { message: string }[];
  };
  if (networkError !== undefined) return "The server cannot be reached. Your connection may be down.";
  return graphQLErrors?.[0]?.message ?? "The server did not answer as expected.";
}
