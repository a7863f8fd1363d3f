/** The session and the viewer of the page. */

import { createContext, use } from "react";
import type { Session, SessionViewer } from "./session.ts";

export const SessionContext = createContext<{ session: Session; viewer: SessionViewer } | null>(null);

export function useSession(): { session: Session; viewer: SessionViewer } {
  const value = use(SessionContext);
  if (value === null) throw new Error("nobody is signed in");
  return value;
}

export const useViewer = (): SessionViewer => useSession().viewer;

/** Whether the viewer sees every request. Source: docs/rules.md, "Rights by scope". */
export const seesEverything = ({ scopes }: SessionViewer): boolean =>
  scopes.includes("approvals:admin") || scopes.includes("approvals:read");

export const isAdmin = ({ scopes }: SessionViewer): boolean => scopes.includes("approvals:admin");

/** Whether the viewer may ask on behalf of others, and may weaken the gate. */
export const isOrchestrator = ({ scopes }: SessionViewer): boolean =>
  scopes.includes("approvals:admin") || scopes.includes("approvals:request");
