/** What is not needed to see the page comes once the page is there. */

import type { ComponentType } from "react";
import { type Loaded, loaded } from "./loaded.tsx";

const AT_LATEST_MS = 2_000;

/** Resolves when the browser has nothing more urgent to do, or soon after. */
export const whenIdle = (): Promise<void> =>
  new Promise((resolve) => {
    // Safari knows no idle callbacks.
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: AT_LATEST_MS });
    else setTimeout(resolve, 200);
  });

/** A component whose code is fetched in the first idle moment, or when it is drawn, whichever comes first. */
// biome-ignore lint/suspicious/noExplicitAny: any properties
export function prefetched<T extends ComponentType<any>>(load: () => Promise<T>): Loaded<T> {
  let loading: Promise<{ default: T }> | undefined;
  const once = () => {
    loading ??= load().then((component) => ({ default: component }));
    // What failed is tried again when it is wanted.
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  };
  void whenIdle().then(once, () => {});
  return loaded(once);
}
