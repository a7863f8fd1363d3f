/** The frame around every page: header, navigation, connection banner, notices and keyboard help. */

import { Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { useCounts, useLive } from "../api/live.tsx";
import { Bell } from "../notifications/bell.tsx";
import { ErrorBoundary } from "../shared/error-boundary.tsx";
import { useFirstView } from "../shared/idle.tsx";
import { startKeyboard } from "../shared/keyboard.ts";
import { Notices } from "../shared/notices.tsx";
import { addressAt } from "../shared/settings.ts";
import { Loading } from "../shared/states.tsx";
import { useTab } from "../shared/tab.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { KeyboardHelp } from "./keyboard-help.tsx";
import { Navigation } from "./navigation.tsx";
import classes from "./shell.module.css";
import { ThemeSwitch } from "./theme-switch.tsx";
import { UserButton } from "./user-button.tsx";

export function Shell() {
  useLive();
  useEffect(startKeyboard, []);
  const { pending } = useCounts();
  useTab(pending);
  const { pathname } = useLocation();
  // The inbox reports its own first view.
  useFirstView(pathname !== "/");
  const [isOpen, { toggle, close }] = useDisclosure(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu of a phone
  useEffect(close, [pathname]);

  return (
    <div className={classes.shell}>
      <a href="#main" className="unseen">
        Skip to the content
      </a>
      <header className={classes.header}>
        <Group gap="sm" wrap="nowrap">
          <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
          <Link to="/" className={classes.brand}>
            <img src={addressAt("/icon.svg")} alt="" width={26} height={26} />
            Countersign
          </Link>
        </Group>
        <Group gap={4} wrap="nowrap">
          <Bell />
          <ThemeSwitch />
          <UserButton />
        </Group>
      </header>
      <nav className={classes.navbar} data-open={isOpen || undefined} aria-label="Pages">
        <Navigation pending={pending} />
      </nav>
      <main id="main" tabIndex={-1} className={classes.main}>
        <ConnectionBanner />
        <ErrorBoundary resetOn={pathname}>
          <Suspense fallback={<Loading what="the page" />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <Notices />
      <KeyboardHelp />
    </div>
  );
}
