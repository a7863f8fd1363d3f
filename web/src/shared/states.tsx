/** Placeholders for content that is empty, loading or failed to load. */

import { Button, Loader, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./states.module.css";

interface StateProps {
  title: string;
  text?: ReactNode;
  /** A button or link that helps. */
  action?: ReactNode;
}

/** There is no content. */
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

/** The content is loading. */
export function Loading({ what }: { what: string }) {
  return (
    <Stack className={classes.state} gap="sm" align="center" role="status">
      <Loader size="md" />
      <Text c="dimmed">Loading {what}…</Text>
    </Stack>
  );
}

/** The content failed to load. @param retry tries again */
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

/** The reason of a failure, for people. */
export function reasonOf(error: unknown): string {
  const { networkError, graphQLErrors } = (error ?? {}) as {
    networkError?: Error;
    graphQLErrors?: readonly { message: string }[];
  };
  if (networkError !== undefined) return "The server cannot be reached. Your connection may be down.";
  return graphQLErrors?.[0]?.message ?? "The server did not answer as expected.";
}
