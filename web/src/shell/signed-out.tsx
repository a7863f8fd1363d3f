/** The page for people without a session: how to sign in. */

import { Button, Center, Code, Paper, Stack, Text, Title } from "@mantine/core";
import { type Session, signInAddress } from "../api/session.ts";
import { addressAt, settings } from "../shared/settings.ts";

export function SignedOut({ session }: { session: Session }) {
  const address = signInAddress(session, location.pathname + location.search);
  return (
    <Center component="main" mih="100vh" p="md" bg="var(--ground)">
      <Paper withBorder shadow="sm" p="xl" maw="32rem" w="100%">
        <Stack gap="md">
          <Title order={1} size="h3">
            Countersign
          </Title>
          <Text>You are not signed in.</Text>
          {address === null ? <Hint /> : <SignIn address={address} />}
          {settings.graphiql && (
            <Text size="sm">
              <a href={addressAt("/graphql")}>Open GraphiQL</a>
            </Text>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}

const SignIn = ({ address }: { address: string }) => (
  <Button component="a" href={address}>
    Sign in
  </Button>
);

const Hint = () => (
  <Text c="dimmed" size="sm">
    Open a sign-in link: <Code>{addressAt("/sign-in#token=")}</Code> followed by a token. In development the server
    prints such links when it starts.
  </Text>
);
