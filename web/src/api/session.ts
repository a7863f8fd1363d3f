/** Who is signed in: the cookie is the server's to read, so it is asked. */

import { forgetDrafts } from "../decision/drafts.ts";
import { fetchInTime } from "../shared/now.tsx";
import { addressAt } from "../shared/settings.ts";

export interface Session {
  viewer: SessionViewer | null;
  /** Where people sign in; undefined where only links do that. */
  signIn?: string;
}

export interface SessionViewer {
  userId: string;
  email: string | null;
  roles: readonly string[];
  scopes: readonly string[];
  /** When the session ends by itself; null for a token without an end. */
  expiresAt: string | null;
}

/** @throws where the server does not answer */
export async function fetchSession(): Promise<Session> {
  const response = await fetchInTime(addressAt("/session"), { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()) as Session;
}

/**
 * Ends the session on the server, and at the provider where people signed in there.
 * @throws where the server does not answer, or could not end it
 */
export async function signOut(session: Session): Promise<void> {
  const [path, method] = session.signIn === undefined ? ["/session", "DELETE"] : ["/auth/logout", "POST"];
  const response = await fetch(addressAt(path), { method, headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const { next = addressAt("/") } = (await response.json()) as { next?: string };
  forgetDrafts();
  location.assign(next);
}

/** Where to sign in and come back to this page; null where only links do that. */
export const signInAddress = ({ signIn }: Session, here: string): string | null =>
  signIn === undefined ? null : `${signIn}?next=${encodeURIComponent(here)}`;
