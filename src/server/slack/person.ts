/**
 * Which person a Slack user is: the one with the e-mail address that their workspace has verified. Only users of the
 * app's own workspace count, since another's administrators may give any address to anyone.
 */

import type { UsersInfoResponse, WebClient } from "@slack/web-api";
import type { Pool } from "../../db/pool.ts";
import { ownersOf } from "../../db/queries/directory.ts";
import type { Caller } from "../../model/approvals.ts";

type User = NonNullable<UsersInfoResponse["user"]>;

/** Nobody is known by this Slack user; the message tells them why. */
export class UnknownPersonError extends Error {
  override readonly name = "UnknownPersonError";
}

/** Where the app is installed. */
export interface Home {
  teamId: string;
  /** Null outside an Enterprise organisation, all of whose workspaces are home. */
  enterpriseId: string | null;
}

export async function homeOf(api: WebClient): Promise<Home> {
  const { team_id, enterprise_id } = await api.auth.test();
  return { teamId: team_id ?? "", enterpriseId: enterprise_id ?? null };
}

/**
 * @param nameOf the name under which the request knows an address that the directory does not know
 * @throws UnknownPersonError, and what Slack refuses
 */
export async function callerOf(
  api: WebClient,
  pool: Pool,
  home: Home,
  slackUserId: string,
  nameOf: (email: string) => Promise<string>,
): Promise<Caller> {
  const { user } = await api.users.info({ user: slackUserId });
  const email = verifiedEmail(user ?? {}, home);
  const owners = await ownersOf(pool, email);
  if (owners.length > 1) {
    throw new UnknownPersonError(
      `Several people have the address ${email}, so it cannot be used to decide from Slack.`,
    );
  }
  const person = owners[0];
  return {
    viewer: { userId: person?.id ?? (await nameOf(email)), email, roles: person?.roles ?? [], scopes: [] },
    // Slack tells neither; what it sends comes from machines of its own.
    ipAddress: null,
    userAgent: `Slack user ${slackUserId} of workspace ${user?.team_id ?? home.teamId}`,
    via: "SLACK",
  };
}

/** @throws UnknownPersonError */
function verifiedEmail(user: User, home: Home): string {
  if (user.deleted || user.is_bot || user.is_workflow_bot || user.is_connector_bot) {
    throw new UnknownPersonError("Only people can decide, and this Slack user is a bot.");
  }
  const enterprise = user.enterprise_user?.enterprise_id ?? user.enterprise_id;
  const isHome = user.team_id === home.teamId || (home.enterpriseId !== null && enterprise === home.enterpriseId);
  if (!isHome || user.is_stranger) {
    throw new UnknownPersonError("You belong to another Slack workspace. Only members of this workspace can decide.");
  }
  const email = user.profile?.email;
  if (!email) throw new UnknownPersonError("Slack does not share your email address, so you cannot be identified.");
  if (user.is_email_confirmed === false) {
    throw new UnknownPersonError("Your email address is not confirmed in Slack. Confirm it there first.");
  }
  return email;
}
