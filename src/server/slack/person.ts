/**
 * Finds the person of a Slack user by the email address that the workspace has verified. Only users of the app's own
 * workspace are accepted, because administrators of other workspaces could give any address to anyone.
 */

import type { UsersInfoResponse, WebClient } from "@slack/web-api";
import type { Pool } from "../../db/pool.ts";
import { ownersOf } from "../../db/queries/directory.ts";
import type { Caller } from "../../model/approvals.ts";

type User = NonNullable<UsersInfoResponse["user"]>;

/** The Slack user cannot be identified. The user may see the message. */
export class UnknownPersonError extends Error {
  override readonly name = "UnknownPersonError";
}

/** The workspace in which the app is installed. */
export interface Workspace {
  teamId: string;
  /** Null without an Enterprise organization. All workspaces of the organization are accepted. */
  enterpriseId: string | null;
}

export async function workspaceOf(api: WebClient): Promise<Workspace> {
  const { team_id, enterprise_id } = await api.auth.test();
  return { teamId: team_id ?? "", enterpriseId: enterprise_id ?? null };
}

/**
 * @param nameOf the name that the request has for an address that is not in the directory
 * @throws UnknownPersonError, or an error of Slack's API
 */
export async function callerOf(
  api: WebClient,
  pool: Pool,
  workspace: Workspace,
  slackUserId: string,
  nameOf: (email: string) => Promise<string>,
): Promise<Caller> {
  const { user } = await api.users.info({ user: slackUserId });
  const email = verifiedEmail(user ?? {}, workspace);
  const owners = await ownersOf(pool, email);
  if (owners.length > 1) {
    throw new UnknownPersonError(
      `Several people have the address ${email}, so it cannot be used to decide from Slack.`,
    );
  }
  const person = owners[0];
  return {
    viewer: { userId: person?.id ?? (await nameOf(email)), email, roles: person?.roles ?? [], scopes: [] },
    // The request comes from Slack's servers, so the user's address is unknown.
    ipAddress: null,
    userAgent: `Slack user ${slackUserId} of workspace ${user?.team_id ?? workspace.teamId}`,
    via: "SLACK",
  };
}

/** @throws UnknownPersonError */
function verifiedEmail(user: User, workspace: Workspace): string {
  if (user.deleted || user.is_bot || user.is_workflow_bot || user.is_connector_bot) {
    throw new UnknownPersonError("Only people can decide, and this Slack user is a bot.");
  }
  const enterprise = user.enterprise_user?.enterprise_id ?? user.enterprise_id;
  const isOwnWorkspace =
    user.team_id === workspace.teamId || (workspace.enterpriseId !== null && enterprise === workspace.enterpriseId);
  if (!isOwnWorkspace || user.is_stranger) {
    throw new UnknownPersonError("You belong to another Slack workspace. Only members of this workspace can decide.");
  }
  const email = user.profile?.email;
  if (!email) throw new UnknownPersonError("Slack does not share your email address, so you cannot be identified.");
  if (user.is_email_confirmed === false) {
    throw new UnknownPersonError("Your email address is not confirmed in Slack. Confirm it there first.");
  }
  return email;
}
