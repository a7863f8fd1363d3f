/** Defers code that the first view of the page does not need. */

import type { ComponentType } from "react";
import { type Loaded, loaded } from "./loaded.tsx";

const AT_LATEST_MS = 2_000;

/** Resolves when the browser is idle, after 2 seconds at the latest. */
export const whenIdle = (): Promise<void> =>
  new Promise((resolve) => {
    // Safari has no idle callbacks.
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: AT_LATEST_MS });
    else setTimeout(resolve, 200);
  });

/** A component whose code is fetched when the browser is idle or when it renders, whichever comes first. */
// biome-ignore lint/suspicious/noExplicitAny: any properties
export function prefetched<T extends ComponentType<any>>(load: () => Promise<T>): Loaded<T> {
  let loading: Promise<{ default: T }> | undefined;
  const once = () => {
    loading ??= load().then((component) => ({ default: component }));
    // After a failure, the next render tries again.
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  };
  void whenIdle().then(once, () => {});
  return loaded(once);
}
