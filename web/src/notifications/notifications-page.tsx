import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";

export default function NotificationsPage() {
  return (
    <Page title="Notifications">
      <Empty title="Nothing here yet" />
    </Page>
  );
}
