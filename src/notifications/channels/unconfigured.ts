/** A channel without its settings: says so on each row, and fails no request. */

import { type Channel, DeliveryError } from "../channel.ts";

/** @param missing what is not set, for the row: "SLACK_BOT_TOKEN is not set" */
export const unconfigured = (name: Channel["name"], missing: string): Channel => ({
  name,
  slots: 8,
  async send() {
    throw new DeliveryError(`${name} is not configured: ${missing}`, { permanent: true, isKnown: true });
  },
  async close() {},
});
