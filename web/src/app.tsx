/** The root component: theme, session, GraphQL client and routes. */

import { Center, Loader, MantineProvider } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { BrowserRouter } from "react-router";
import { Provider } from "urql";
import { createClient } from "./api/client.ts";
import { fetchSession, type Session, type SessionViewer } from "./api/session.ts";
import { createSocket } from "./api/socket.ts";
import { SessionContext } from "./api/viewer.tsx";
import { earlySession } from "./early.ts";
import { AppRoutes } from "./routes.tsx";
import { ErrorBoundary } from "./shared/error-boundary.tsx";
import { addressAt, styleNonce } from "./shared/settings.ts";
import { Failed } from "./shared/states.tsx";
import { cssVariables, theme } from "./shared/theme.ts";
import { SignedOut } from "./shell/signed-out.tsx";

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce}
    >
      <ErrorBoundary>
        <WithSession />
      </ErrorBoundary>
    </MantineProvider>
  );
}

function WithSession() {
  const [session, setSession] = useState<Session | Error | null>(earlySession.value ?? null);
  const [request, setRequest] = useState(earlySession.promise);
  useEffect(() => void request.then(setSession, (error) => setSession(error as Error)), [request]);
  const retry = () => {
    setSession(null);
    setRequest(fetchSession());
  };
  if (session === null) {
    return (
      <Center h="100vh" role="status" aria-label="Loading">
        <Loader />
      </Center>
    );
  }
  if (session instanceof Error) return <Failed what="Countersign" error={{ networkError: session }} retry={retry} />;
  if (session.viewer === null) return <SignedOut session={session} />;
  return <SignedIn session={session} viewer={session.viewer} />;
}

function SignedIn({ session, viewer }: { session: Session; viewer: SessionViewer }) {
  const client = useMemo(() => createClient(createSocket(viewer.userId)), [viewer.userId]);
  const value = useMemo(() => ({ session, viewer }), [session, viewer]);
  return (
    <SessionContext value={value}>
      <Provider value={client}>
        {/* With transitions, a field whose value is in the address would show its old value for a moment. */}
        <BrowserRouter basename={addressAt("/")} useTransitions={false}>
          <AppRoutes />
        </BrowserRouter>
      </Provider>
    </SessionContext>
  );
}
