/** Creates the delivery worker, the decision page and the Slack handler. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApprovalManager } from "../approvals/manager.ts";
import { endpointDisabled } from "../approvals/notifications.ts";
import type { Config } from "../config/config.ts";
import type { Pool } from "../db/pool.ts";
import { admins } from "../db/queries/audience.ts";
import { countUnknownApprovers } from "../db/queries/unknown-approvers.ts";
import type { Hub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";
import { configuredChannels } from "../notifications/channels/configured.ts";
import { createDecisionLinks } from "../notifications/decision-links.ts";
import { createTemplates, type Templates } from "../notifications/templates.ts";
import { createWorker, type Worker } from "../notifications/worker.ts";
import type { BodyLimit } from "./body.ts";
import { createDecisionPage } from "./decision/handler.ts";
import type { PublicAddress } from "./public-address.ts";
import { createSlackInteractions } from "./slack/interactions.ts";

export interface NotificationsOptions {
  config: Config;
  pool: Pool;
  hub: Hub;
  manager: ApprovalManager;
  publicAddress: PublicAddress;
  /** The limit for bodies of unauthenticated senders. */
  body: BodyLimit;
  log: Logger;
}

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export interface Notifications {
  templates: Templates;
  worker: Worker;
  /** Warns about approvers of open requests who receive no decision link with MAIL_LINKS=known. */
  warnOfUnknown(): Promise<void>;
  /** Handles the decision link of an email. */
  decide: Handler;
  /** Handles buttons and dialogs in Slack; null if Slack is not configured. */
  slack: Handler | null;
}

/** People who were admins within this number of days are notified of disabled endpoints. */
const ADMIN_DAYS = 90;

export function createNotifications(options: NotificationsOptions): Notifications {
  const { config, pool, hub, manager, publicAddress, body, log } = options;
  const publicUrl = () => publicAddress.url();
  const templates = createTemplates({ dir: config.templatesDir, log });
  const links = createDecisionLinks(config, log);
  const channels = configuredChannels({
    config,
    templates,
    publicUrl,
    pool,
    links,
    log,
    async onDisabled({ requestId, display }) {
      const recipients = await admins(pool, ADMIN_DAYS);
      await manager.note(requestId, (request) => endpointDisabled(request, display, recipients));
    },
  });
  const { botToken, signingSecret, apiUrl } = config.slack;
  const sendsNotifications = botToken !== null || config.mail.smtpUrl !== null || config.webhook.secret !== null;
  if (sendsNotifications && config.publicUrl === null && !config.development) {
    log.warn("PUBLIC_URL is not set: links in notifications use HOST and PORT, which others may not be able to reach");
  }
  return {
    templates,
    worker: createWorker({ pool, hub, manager, channels, log }),
    async warnOfUnknown() {
      if (config.mail.smtpUrl === null || config.mail.links === "anyone") return;
      const count = await countUnknownApprovers(pool);
      if (count === 0) return;
      const [who, get] = count === 1 ? ["approver", "gets"] : ["approvers", "get"];
      log.warn(
        `MAIL_LINKS is known: ${count} ${who} of open requests ${get} emails without decision links, because the directory does not have the address. They can sign in to decide. To send them links, add them to PEOPLE_FILE or set MAIL_LINKS=anyone`,
      );
    },
    decide: createDecisionPage({ links, manager, pool, publicUrl: publicAddress.url, body, log }),
    slack:
      botToken === null || signingSecret === null
        ? null
        : createSlackInteractions({
            slack: { botToken, signingSecret, apiUrl },
            pool,
            manager,
            publicUrl,
            log,
            budget: body.budget,
          }),
  };
}
