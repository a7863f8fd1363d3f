/** A channel without settings. Each of its rows fails with the reason; requests are not affected. */

import { type Channel, DeliveryError } from "../channel.ts";

/** @param missing the reason for the row: "SLACK_BOT_TOKEN is not set" */
export const unconfigured = (name: Channel["name"], missing: string): Channel => ({
  name,
  slots: 8,
  async send() {
    throw new DeliveryError(`${name} is not configured: ${missing}`, { permanent: true, isKnown: true });
  },
  async close() {},
});
