import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";

export function InboxPage() {
  return (
    <Page title="Inbox">
      <Empty title="Nothing here yet" />
    </Page>
  );
}
