import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";

export default function HistoryPage() {
  return (
    <Page title="History">
      <Empty title="Nothing here yet" />
    </Page>
  );
}
