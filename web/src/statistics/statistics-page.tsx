import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";

export default function StatisticsPage() {
  return (
    <Page title="Statistics">
      <Empty title="Nothing here yet" />
    </Page>
  );
}
