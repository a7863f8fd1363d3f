import { Page } from "../shared/page.tsx";
import { Empty } from "../shared/states.tsx";

export default function PreferencesPage() {
  return (
    <Page title="Preferences">
      <Empty title="Nothing here yet" />
    </Page>
  );
}
