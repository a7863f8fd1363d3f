/**
 * Components whose code is fetched when they render. If that fails, because the network is down or an update of the
 * server removed the files, the whole document is reloaded: browsers cache a failed import, and an update has other
 * files.
 */

import { type ComponentProps, type ComponentType, type FunctionComponent, lazy } from "react";
import { addressAt } from "./settings.ts";

export class NotLoadedError extends Error {
  /** Makes the next render fetch the code again. */
  readonly forget: () => void;
  constructor(cause: unknown, forget: () => void) {
    super("the code of a part of the page could not be loaded", { cause });
    this.forget = forget;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any properties
export function loaded<T extends ComponentType<any>>(load: () => Promise<{ default: T }>): Loaded<T> {
  // The compiler cannot infer the properties of a lazy component while the component is a type parameter.
  let Part = lazy(() => load().catch(fail)) as unknown as Loaded<T>;

  function fail(cause: unknown): never {
    throw new NotLoadedError(cause, () => {
      Part = lazy(reloaded) as unknown as Loaded<T>;
    });
  }
  async function reloaded(): Promise<never> {
    if (!(await loadPageAgain())) fail(new Error("the server cannot be reached"));
    return await new Promise<never>(() => {});
  }
  return function Loaded(props) {
    return <Part {...props} />;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: any properties
export type Loaded<T extends ComponentType<any>> = FunctionComponent<ComponentProps<T>>;

/** Reloads the document if the server can be reached. If not, the page with its error is better than a blank page. */
export async function loadPageAgain(): Promise<boolean> {
  const isReachable = await fetch(addressAt("/"), { method: "HEAD", cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isReachable) location.reload();
  return isReachable;
}
