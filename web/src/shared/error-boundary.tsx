/** Keeps one broken part from taking the page with it. */

import { Button, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode } from "react";
import classes from "./states.module.css";

interface Props {
  children: ReactNode;
  /** Another value tries again: the address, say. */
  resetOn?: unknown;
}

export class ErrorBoundary extends Component<Props, { error: unknown; resetOn: unknown }> {
  override state = { error: null as unknown, resetOn: this.props.resetOn };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { resetOn: unknown }) {
    return props.resetOn === state.resetOn ? null : { error: null, resetOn: props.resetOn };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <Stack className={classes.state} gap="xs" align="center" role="alert">
        <Title order={2} size="h3">
          This page failed
        </Title>
        <Text c="dimmed">It is our mistake. Nothing was changed by it; load the page again to go on.</Text>
        <Button mt="xs" onClick={() => location.reload()}>
          Load again
        </Button>
      </Stack>
    );
  }
}
