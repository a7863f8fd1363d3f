/** A link out of somebody else's text: it opens apart, and learns nothing of this page. */

import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";

export const SafeLink = ({ href, children }: { href: string; children: ReactNode }) => (
  <Anchor href={href} target="_blank" rel="noopener noreferrer nofollow" inherit underline="always">
    {children}
  </Anchor>
);
