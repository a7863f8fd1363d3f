/**
 * The service: a release that people must approve. The adapter handles the wait. While the service waits, this
 * process may be stopped, killed and started again, here or elsewhere.
 */

import { createHash } from "node:crypto";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { type Context, createEndpointHandler, service } from "@restatedev/restate-sdk";
// "countersign/restate" in a project of its own.
import { createRestateApprovals } from "../../src/restate/entry.ts";

const { PORT = "0", COUNTERSIGN_URL, COUNTERSIGN_TOKEN, RESTATE_INGRESS_URL, WEBHOOK_SECRET } = process.env;
const { CHECK_EVERY_MS } = process.env;

const approvals = createRestateApprovals({
  url: COUNTERSIGN_URL as string,
  token: COUNTERSIGN_TOKEN as string,
  ingressUrl: RESTATE_INGRESS_URL as string,
  webhookSecret: WEBHOOK_SECRET as string,
  ...(CHECK_EVERY_MS && { checkEveryMs: Number(CHECK_EVERY_MS) }),
});

export interface Release {
  version: string;
  approvers: string[];
  /** The other options of `approvals.ask`. */
  gate?: object;
}

async function release(ctx: Context, { version, approvers, gate }: Release) {
  const build = await ctx.run("build", () => ({ version, digest: createHash("sha256").update(version).digest("hex") }));
  const approval = await approvals.ask(ctx, {
    jobId: "production",
    title: `Release ${version} to production?`,
    context: build,
    notifyUsers: approvers,
    ...gate,
  });
  // A condition or the timeout may approve as well; a release needs a person.
  const isByPerson = approval.metadata.decisionSource === "APPROVER";
  if (!approval.success || !isByPerson) return { released: null, approval };
  const released = await ctx.run("deploy", () => `${version}@${build.digest.slice(0, 12)}`);
  return { released, approval };
}

const releases = service({
  name: "releases",
  handlers: { release },
  // An idle invocation leaves the process after this time. Default: one minute.
  options: { inactivityTimeout: { milliseconds: 500 } },
});

const server = createServer(createEndpointHandler({ services: [releases, approvals.callbacks] }));
server.listen(Number(PORT), "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
