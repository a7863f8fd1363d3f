/** Limits an error to one part of the page. */

import { Button, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode, useEffect } from "react";
import { reconnections } from "./connection-state.ts";
import { loadPageAgain, NotLoadedError } from "./loaded.tsx";
import classes from "./states.module.css";

interface Props {
  children: ReactNode;
  /** A new value, for example another address, resets the error. */
  resetOn?: unknown;
  /** Whether this is a part of a page. The page is then not reloaded automatically: the viewer may be writing. */
  isPart?: boolean;
}

export class ErrorBoundary extends Component<Props, { error: unknown; resetOn: unknown }> {
  override state = { error: null as unknown, resetOn: this.props.resetOn };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { resetOn: unknown }) {
    return props.resetOn === state.resetOn ? null : { error: null, resetOn: props.resetOn };
  }

  override componentDidCatch(error: unknown) {
    if (error instanceof NotLoadedError) error.forget();
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    if (error instanceof NotLoadedError) return <NotLoaded isPart={this.props.isPart === true} />;
    return (
      <Stack className={classes.state} gap="xs" align="center" role="alert">
        <Title order={this.props.isPart === true ? 2 : 1} size="h3">
          This {this.props.isPart === true ? "part of the page" : "page"} failed
        </Title>
        <Text c="dimmed">This is a bug in Countersign. Reload the page to continue.</Text>
        <Button mt="xs" onClick={() => location.reload()}>
          Reload
        </Button>
      </Stack>
    );
  }
}

/** Shown if the code of a page could not be loaded. The page reloads when the connection is back. */
function NotLoaded({ isPart }: { isPart: boolean }) {
  useEffect(() => {
    if (isPart) return;
    const again = () => void loadPageAgain();
    addEventListener("online", again);
    const unsubscribe = reconnections.subscribe(again);
    return () => {
      removeEventListener("online", again);
      unsubscribe();
    };
  }, [isPart]);
  return (
    <Stack className={classes.state} gap="xs" align="center" role="alert">
      <Title order={isPart ? 2 : 1} size="h3">
        This {isPart ? "part" : "page"} could not be loaded
      </Title>
      <Text c="dimmed">
        Your connection may be down, or the server was updated.
        {!isPart && " It loads when the connection is back."}
      </Text>
      <Button mt="xs" onClick={() => location.reload()}>
        Reload
      </Button>
    </Stack>
  );
}
