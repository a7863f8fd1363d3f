/** The identity that a verified token states. */

import type { Viewer } from "../../model/approvals.ts";
import type { Session } from "./ended-sessions.ts";

/** A viewer with the other data of the token. Times are in ms since 1970. */
export interface Identity {
  viewer: Viewer;
  /** When the token expires. */
  expiresAt: number;
  /** When the token was issued, with its roles; null if the token does not contain the time. */
  rolesIssuedAt: number | null;
  /** Whether the token has the roles claim. A token without it grants no role. */
  statesRoles: boolean;
  session: Session;
}
