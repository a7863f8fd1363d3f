/** The routes. All pages but the inbox load on demand. `src/server/web-pages.ts` lists the same addresses. */

import { Suspense } from "react";
import { Route, Routes } from "react-router";
import { InboxPage } from "./inbox/inbox-page.tsx";
import { loaded } from "./shared/loaded.tsx";
import { Loading } from "./shared/states.tsx";
import { NotFoundPage } from "./shell/not-found.tsx";
import { Shell } from "./shell/shell.tsx";

const RequestPage = loaded(() => import("./request/request-page.tsx"));
const HistoryPage = loaded(() => import("./history/history-page.tsx"));
const StatisticsPage = loaded(() => import("./statistics/statistics-page.tsx"));
const NotificationsPage = loaded(() => import("./notifications/notifications-page.tsx"));
const PreferencesPage = loaded(() => import("./notifications/preferences-page.tsx"));
const NewRequestPage = loaded(() => import("./new-request/new-request-page.tsx"));
const RunsPage = loaded(() => import("./run/runs-page.tsx"));
const StartRunPage = loaded(() => import("./start-run/start-run-page.tsx"));
const RunPage = loaded(() => import("./run/run-page.tsx"));

export function AppRoutes() {
  return (
    <Suspense fallback={<Loading what="the page" />}>
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<InboxPage />} />
          <Route path="requests/:id" element={<RequestPage />} />
          <Route path="runs" element={<RunsPage />} />
          <Route path="runs/start" element={<StartRunPage />} />
          <Route path="runs/:id" element={<RunPage />} />
          <Route path="history" element={<HistoryPage />} />
          <Route path="statistics" element={<StatisticsPage />} />
          <Route path="notifications" element={<NotificationsPage />} />
          <Route path="preferences" element={<PreferencesPage />} />
          <Route path="new" element={<NewRequestPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Route>
      </Routes>
    </Suspense>
  );
}
