/** Callers for programs that use the manager on their own database connection. */

import { type Caller, SCOPES, type Viewer } from "../model/approvals.ts";

/** A viewer without an identity that may read everything. */
export const AUDITOR: Viewer = { userId: "", email: null, roles: [], scopes: [SCOPES.read] };

/** The caller for a user that such a program names. */
export const programCaller = (
  userId: string,
  scopes: string[],
  email: string | null = null,
  roles: string[] = [],
): Caller => ({
  viewer: { userId, email, roles, scopes },
  ipAddress: null,
  userAgent: null,
});
