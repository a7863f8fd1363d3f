/** Everything that tells people, and takes their answers where they were told. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApprovalManager } from "../approvals/manager.ts";
import { endpointDisabled } from "../approvals/notices.ts";
import type { Config } from "../config.ts";
import type { Hub } from "../db/hub.ts";
import type { Pool } from "../db/pool.ts";
import { admins } from "../db/queries/audience.ts";
import type { Logger } from "../log.ts";
import { configuredChannels } from "../notifications/channels/configured.ts";
import { createDecisionLinks } from "../notifications/decision-links.ts";
import { createTemplates, type Templates } from "../notifications/templates.ts";
import { createWorker, type Worker } from "../notifications/worker.ts";
import type { BodyLimit } from "./body.ts";
import { createDecisionPage } from "./decision-page.ts";
import { createSlackInteractions } from "./integrations/slack-interactions.ts";

export interface NotificationsOptions {
  config: Config;
  pool: Pool;
  hub: Hub;
  manager: ApprovalManager;
  publicUrl(): string;
  /** Of a body whose sender is unknown. */
  body: BodyLimit;
  log: Logger;
}

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export interface Notifications {
  templates: Templates;
  worker: Worker;
  /** The page that a mail leads to. */
  decide: Handler;
  /** What is pressed in Slack; null where Slack is not configured. */
  slack: Handler | null;
}

/** Whoever was an admin within so many days hears of endpoints that fail. */
const ADMIN_DAYS = 90;

export function createNotifications(options: NotificationsOptions): Notifications {
  const { config, pool, hub, manager, publicUrl, body, log } = options;
  const templates = createTemplates({ dir: config.templatesDir, log });
  const links = createDecisionLinks(config, log);
  const channels = configuredChannels({
    ...{ config, templates, publicUrl, pool, links, log },
    async onDisabled({ requestId, display }) {
      const told = await admins(pool, ADMIN_DAYS);
      await manager.note(requestId, (request) => endpointDisabled(request, display, told));
    },
  });
  const { botToken, signingSecret, apiUrl } = config.slack;
  const isHeard = botToken !== null || config.mail.smtpUrl !== null || config.webhook.secret !== null;
  if (isHeard && config.publicUrl === null && !config.development) {
    log.warn("PUBLIC_URL is not set: links in messages lead to HOST and PORT, which others may not reach");
  }
  return {
    templates,
    worker: createWorker({ pool, hub, manager, channels, log }),
    decide: createDecisionPage({ links, manager, pool, publicUrl, body, log }),
    slack:
      botToken === null || signingSecret === null
        ? null
        : createSlackInteractions({
            ...{ slack: { botToken, signingSecret, apiUrl }, pool, manager, publicUrl, log },
            budget: body.budget,
          }),
  };
}
