/** Sends one webhook from a process of its own with the caller's environment: `node webhook-sender.ts URL`. */

import { lookup } from "node:dns/promises";
import { post } from "../../../src/notifications/channels/webhook-answer.ts";

const reach = { lookup: (name: string) => lookup(name, { all: true }), allows: () => true };
const message = { body: "{}", headers: {} };
const { status } = await post(new URL(process.argv[2] as string), message, reach, AbortSignal.timeout(60_000));
console.log(status);
