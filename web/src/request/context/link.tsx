/** A link in a user's text. It opens in a new tab, without a referrer. */

import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";

export const SafeLink = ({ href, children }: { href: string; children: ReactNode }) => (
  <Anchor href={href} target="_blank" rel="noopener noreferrer nofollow" inherit underline="always">
    {children}
  </Anchor>
);
