/**
 * Components whose code is fetched when they are drawn. What did not come, for the network was gone or an update of the
 * server has taken its files away, comes with the document: browsers keep what failed, and an update has other files.
 */

import { type ComponentProps, type ComponentType, type FunctionComponent, lazy } from "react";
import { addressAt } from "./settings.ts";

export class NotLoadedError extends Error {
  /** Has it fetched anew when it is drawn the next time. */
  readonly forget: () => void;
  constructor(cause: unknown, forget: () => void) {
    super("the code of a part of the page could not be loaded", { cause });
    this.forget = forget;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any properties
export function loaded<T extends ComponentType<any>>(load: () => Promise<{ default: T }>): Loaded<T> {
  // What a lazy component takes is too much for the compiler while the component is a parameter.
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

/** Loads the document anew where the server can be reached; a page that says why it is empty is better than none. */
export async function loadPageAgain(): Promise<boolean> {
  const isThere = await fetch(addressAt("/"), { method: "HEAD", cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isThere) location.reload();
  return isThere;
}
