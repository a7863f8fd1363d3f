/** The browser tab: its title and icon show how many requests wait, even while another tab is active. */

import { useEffect } from "react";
import { visible } from "../../../src/model/visible-text.ts";
import { addressAt } from "./settings.ts";
import { createStore, useStore } from "./store.ts";

export const pageTitle = createStore("Inbox");
const MAX_SHOWN = 99;

/** Pure: "(3) Inbox · Countersign". */
export const tabTitle = (title: string, pending: number | null): string =>
  `${pending !== null && pending > 0 ? `(${pending > MAX_SHOWN ? `${MAX_SHOWN}+` : pending}) ` : ""}${title} · Countersign`;

/** Pure: the icon as an address, with a badge if requests wait. */
export function iconAddress(pending: number | null): string {
  if (pending === null || pending === 0) return addressAt("/icon.svg");
  const text = pending > MAX_SHOWN ? "99+" : String(pending);
  const size = text.length === 1 ? 17 : text.length === 2 ? 14 : 10;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3b5bdb"/>` +
    `<path d="m5 15 4.5 4.5 8-9.5" fill="none" stroke="#fff" stroke-width="3.4" stroke-linecap="round"/>` +
    `<circle cx="21" cy="21" r="11" fill="#c92a2a"/><text x="21" y="${21 + size * 0.36}" fill="#fff" font-size="${size}" ` +
    `font-family="sans-serif" font-weight="700" text-anchor="middle">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

export function useTab(pending: number | null): void {
  const title = useStore(pageTitle);
  useEffect(() => {
    document.title = tabTitle(visible(title), pending);
  }, [title, pending]);
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link !== null) link.href = iconAddress(pending);
  }, [pending]);
}
