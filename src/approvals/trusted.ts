/** Whoever asks as a program that holds the database itself. */

import { type Caller, SCOPES, type Viewer } from "../model/approvals.ts";

/** Sees everything, and is nobody. */
export const AUDITOR: Viewer = { userId: "", email: null, roles: [], scopes: [SCOPES.read] };

/** The user that such a program names. */
export const trusted = (
  userId: string,
  scopes: string[],
  email: string | null = null,
  roles: string[] = [],
): Caller => ({
  viewer: { userId, email, roles, scopes },
  ipAddress: null,
  userAgent: null,
});
