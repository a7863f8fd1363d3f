/** Who a token says that somebody is. */

import type { Viewer } from "../../model/approvals.ts";
import type { Session } from "./ended-sessions.ts";

/** A viewer, and what else a token tells. Instants are in ms since 1970. */
export interface Identity {
  viewer: Viewer;
  /** When the token ends. */
  expiresAt: number;
  /** When the token, and with it its roles, was issued; null if the token does not say. */
  rolesIssuedAt: number | null;
  /** Whether the token has the roles claim; one that leaves it out gives no role. */
  statesRoles: boolean;
  session: Session;
}
