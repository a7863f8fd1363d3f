import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";

export default function NewRequestPage() {
  return (
    <Page title="New request">
      <Empty title="Nothing here yet" />
    </Page>
  );
}
