import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";

export default function RequestPage() {
  return (
    <Page title="Request">
      <Empty title="Nothing here yet" />
    </Page>
  );
}
