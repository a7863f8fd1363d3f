/** The frame of a page: heading, lead, actions, and the title of the tab. */

import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useEffect } from "react";
import { pageTitle } from "./tab.ts";

interface PageProps {
  title: string;
  /** A sentence below the heading. */
  lead?: ReactNode;
  /** Beside the heading. */
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, actions, children }: PageProps) {
  usePageTitle(title);
  return (
    <>
      <Group justify="space-between" align="flex-start" gap="sm" mb="md">
        <div>
          <Title order={1} size="h2">
            {title}
          </Title>
          {lead !== undefined && (
            <Text c="dimmed" size="sm">
              {lead}
            </Text>
          )}
        </div>
        {actions}
      </Group>
      {children}
    </>
  );
}

/** For pages with their own heading. */
export function usePageTitle(title: string): void {
  useEffect(() => pageTitle.set(title), [title]);
}
