/** Defers code that the first view of the page does not need. */

import { type ComponentType, useEffect } from "react";
import { type Loaded, loaded } from "./loaded.tsx";

const AT_LATEST_MS = 2_000;

const firstView = Promise.withResolvers<void>();

/** Reports the first view of the page. @param isShown whether the view has its content */
export const useFirstView = (isShown: boolean): void =>
  useEffect(() => {
    if (isShown) firstView.resolve();
  }, [isShown]);

/** Resolves when the first view is shown and the browser is idle, at the latest 2 seconds after the view. */
export async function whenIdle(): Promise<void> {
  await firstView.promise;
  await new Promise<void>((resolve) => {
    // Safari has no idle callbacks.
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: AT_LATEST_MS });
    else setTimeout(resolve, 200);
  });
}

/** A component whose code is fetched after the first view or when it renders, whichever comes first. */
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
