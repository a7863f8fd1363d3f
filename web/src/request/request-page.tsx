/** The page of one request. */

import { Button } from "@mantine/core";
import { Link, useParams } from "react-router";
import { useViewer } from "../api/viewer.tsx";
import { Page } from "../shared/page.tsx";
import { Empty, Failed, Loading } from "../shared/states.tsx";
import { RequestView } from "./request-view.tsx";
import { useRequest } from "./use-request.ts";

export default function RequestPage() {
  const { id = "" } = useParams();
  // Another request starts with new state.
  return <OneRequest key={id} id={id} />;
}

function OneRequest({ id }: { id: string }) {
  const live = useRequest(id);
  const { request, isLoading, error, reread } = live;
  if (request !== null) return <RequestView request={request} live={live} />;
  return (
    <Page title="Request">
      {isLoading ? (
        <Loading what="the request" />
      ) : error !== undefined ? (
        <Failed what="The request" error={error} retry={reread} />
      ) : (
        <Unknown />
      )}
    </Page>
  );
}

/** Shown for unknown requests and for those that the viewer may not see. It does not reveal which. */
function Unknown() {
  const { userId } = useViewer();
  const action = (
    <Button component={Link} to="/" mt="xs">
      Go to the inbox
    </Button>
  );
  const text = `The request does not exist, or ${userId} may not see it. Ask the person who sent you the link.`;
  return <Empty title="Not found" text={text} action={action} />;
}
