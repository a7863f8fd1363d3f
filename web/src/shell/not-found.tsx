/** The page for unknown addresses. */

import { Button } from "@mantine/core";
import { Link } from "react-router";
import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";

export function NotFoundPage() {
  const action = (
    <Button component={Link} to="/" mt="xs">
      Go to the inbox
    </Button>
  );
  return (
    <Page title="Not found">
      <Empty title="Page not found" text="The link may be incomplete or mistyped." action={action} />
    </Page>
  );
}
