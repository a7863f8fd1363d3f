/** Deliveries as the worker passes them to the email channel, with plain texts that show what the channel adds. */

import { loadConfig } from "../../../src/config/config.ts";
import type { ApprovalRequest } from "../../../src/model/approvals.ts";
import { type Addressee, type NotificationKind, unknownPerson } from "../../../src/model/notifications.ts";
import type { Delivery } from "../../../src/notifications/channel.ts";
import { createDecisionLinks } from "../../../src/notifications/decision-links.ts";
import type { Templates } from "../../../src/notifications/templates.ts";
import { notificationOf, requestOf } from "../approvals/requests.ts";

export const LINK_SECRET = "of tests, and of nothing else but tests";
export const PUBLIC_URL = "https://approvals.example.com";

export const addressee = (id: string, more: Partial<Addressee> = {}): Addressee => ({
  ...unknownPerson(id),
  email: `${id}@example.org`,
  ...more,
});

export interface DeliveryOptions {
  kind?: NotificationKind;
  person?: Addressee;
  isKnown?: boolean;
  canDecide?: boolean;
  now?: Date;
}

/** A request that was just created and expires in an hour. */
export const freshRequest = (more: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  ...requestOf(),
  expiresAt: new Date(Date.now() + 3_600_000),
  ...more,
});

/** A notification about the request to bob, or to the given recipient. */
export function deliveryOf(request: ApprovalRequest, options: DeliveryOptions = {}): Delivery {
  const { kind = "REQUESTED", person = addressee("bob"), isKnown = true, canDecide = true } = options;
  const { now = new Date() } = options;
  return {
    notification: notificationOf(request, { kind, channel: "EMAIL", recipient: person.id }, now, { actor: "ann" }),
    request,
    person,
    isKnown,
    canDecide,
    now,
  };
}

export const linksOf = (secret = LINK_SECRET) =>
  createDecisionLinks(
    {
      linkSecret: secret,
      auth: loadConfig({}).auth,
      development: true,
      dataDir: "/nowhere",
      oidc: null,
      mail: { smtpUrl: null, from: null, links: "known" as const },
    },
    { warn: () => {} },
  );

/** The title unescaped, and the links. */
export const plainTemplates: Templates = {
  render(name, { request, kind, links }) {
    if (name === "email/subject") return String(request.title);
    const facts = [kind, request.title, links.open, ...(links.decide === null ? [] : [links.decide])];
    return name === "email/html" ? `<p>${facts.join("</p>\n<p>")}</p>` : facts.join("\n");
  },
};
