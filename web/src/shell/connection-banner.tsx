/** The banner that shows when the page may be out of date. */

import { Button, Loader, Text } from "@mantine/core";
import { signInAddress } from "../api/session.ts";
import { useSession } from "../api/viewer.tsx";
import { type ConnectionState, connectionState } from "../shared/connection-state.ts";
import { Icon } from "../shared/icons.tsx";
import { useStore } from "../shared/store.ts";
import classes from "./shell.module.css";

const WORDS: Readonly<Partial<Record<ConnectionState, string>>> = {
  offline: "You are offline. This page may be out of date and updates when you are back online.",
  reconnecting: "Reconnecting. This page may be out of date.",
  ended: "Your session has ended, or another user has signed in. Sign in again to continue.",
};

export function ConnectionBanner() {
  const { session } = useSession();
  const state = useStore(connectionState);
  const words = WORDS[state];
  // The region exists before it has text; otherwise screen readers do not announce it.
  return (
    <div role="status" aria-label="Connection" data-state={state}>
      {words !== undefined && (
        <div className={classes.banner}>
          {state === "reconnecting" ? <Loader size={18} /> : <Icon name="alert" size={18} />}
          <Text size="sm">{words}</Text>
          {state === "ended" && <SignInAgain address={signInAddress(session, location.pathname + location.search)} />}
        </div>
      )}
    </div>
  );
}

/** Without an identity provider, the reloaded page explains how to sign in. */
const SignInAgain = ({ address }: { address: string | null }) => (
  <Button component="a" size="xs" href={address ?? location.href}>
    {address === null ? "How to sign in" : "Sign in"}
  </Button>
);
