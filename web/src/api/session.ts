/** Reads and ends the session. The page cannot read the cookie, so it asks the server. */

import { forgetDrafts } from "../decision/drafts.ts";
import { fetchInTime } from "../shared/server-clock.ts";
import { addressAt } from "../shared/settings.ts";

export interface Session {
  viewer: SessionViewer | null;
  /** The sign-in address; undefined if people sign in only by link. */
  signIn?: string;
}

export interface SessionViewer {
  userId: string;
  email: string | null;
  roles: readonly string[];
  scopes: readonly string[];
  /** When the session expires; null for a token without an expiry. */
  expiresAt: string | null;
}

/** @throws if the server does not answer */
export async function fetchSession(): Promise<Session> {
  const response = await fetchInTime(addressAt("/session"), { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The server responded with ${response.status}.`);
  return (await response.json()) as Session;
}

/**
 * Ends the session on the server, and at the identity provider if people sign in there.
 * @throws if the server does not answer, or could not end the session
 */
export async function signOut(session: Session): Promise<void> {
  const [path, method] = session.signIn === undefined ? ["/session", "DELETE"] : ["/auth/logout", "POST"];
  const response = await fetch(addressAt(path), { method, headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The server responded with ${response.status}.`);
  const { next = addressAt("/") } = (await response.json()) as { next?: string };
  forgetDrafts();
  location.assign(next);
}

/** The address that signs in and returns to this page; null if people sign in only by link. */
export const signInAddress = ({ signIn }: Session, here: string): string | null =>
  signIn === undefined ? null : `${signIn}?next=${encodeURIComponent(here)}`;
