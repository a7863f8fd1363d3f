/** The pages, and how much waits in the inbox. */

import { Badge, NavLink } from "@mantine/core";
import { NavLink as RouterLink, useLocation } from "react-router";
import { Icon, type IconName } from "../shared/icons.tsx";
import { settings } from "../shared/settings.ts";

const PAGES: readonly { to: string; label: string; icon: IconName }[] = [
  { to: "/", label: "Inbox", icon: "inbox" },
  { to: "/history", label: "History", icon: "history" },
  { to: "/statistics", label: "Statistics", icon: "chart" },
  { to: "/new", label: "New request", icon: "plus" },
  { to: "/preferences", label: "Preferences", icon: "settings" },
];

export function Navigation({ pending }: { pending: number | null }) {
  const { pathname } = useLocation();
  return (
    <>
      {PAGES.map(({ to, label, icon }) => (
        <NavLink
          key={to}
          component={RouterLink}
          to={to}
          label={label}
          active={pathname === to}
          leftSection={<Icon name={icon} />}
          rightSection={to === "/" && pending ? <Pending count={pending} /> : undefined}
        />
      ))}
      {settings.graphiql && (
        <NavLink component="a" href="/graphql" label="GraphiQL" leftSection={<Icon name="code" />} />
      )}
    </>
  );
}

const Pending = ({ count }: { count: number }) => (
  <Badge color="red.8" variant="filled" size="md" circle={count < 10} aria-label={`${count} waiting for you`}>
    {count.toLocaleString()}
  </Badge>
);
