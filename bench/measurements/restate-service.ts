/**
 * The Restate service of the measurement, a process: invocations that wait on a bare awakeable, suspended or still in the
 * process; for a decision that a Restate object checks and records; and through the adapter. It prints an invocation's id
 * as soon as that continues.
 */

import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  type Context,
  createEndpointHandler,
  handlers,
  type ObjectContext,
  object,
  service,
  TerminalError,
} from "@restatedev/restate-sdk";
import { createRestateApprovals } from "../../src/restate/entry.ts";

const { COUNTERSIGN_URL, COUNTERSIGN_TOKEN, RESTATE_INGRESS_URL, WEBHOOK_SECRET } = process.env;
const approvals = createRestateApprovals({
  url: COUNTERSIGN_URL as string,
  token: COUNTERSIGN_TOKEN as string,
  ingressUrl: RESTATE_INGRESS_URL as string,
  webhookSecret: WEBHOOK_SECRET as string,
});

const goesOn = (ctx: Context) => console.log(ctx.request().id);

async function bare(ctx: Context): Promise<void> {
  const { id, promise } = ctx.awakeable<string>();
  // The resolver knows the address, as in production.
  await ctx.run("tell the address", () => console.log(`${ctx.request().id} ${id}`));
  await promise;
  goesOn(ctx);
}

interface RequestState {
  awakeable: string;
  approvers: string[];
  decidedBy?: string;
}

/** The minimum of a decision: by a person who may decide, once, and recorded. */
const decisions = object({
  name: "decisions",
  handlers: {
    open: async (ctx: ObjectContext, asked: RequestState) => ctx.set("asked", asked),
    decide: async (ctx: ObjectContext, decidedBy: string) => {
      const asked = await ctx.get<RequestState>("asked");
      if (!asked?.approvers.includes(decidedBy) || asked.decidedBy) throw new TerminalError("no", { errorCode: 403 });
      ctx.set("asked", { ...asked, decidedBy });
      ctx.resolveAwakeable(asked.awakeable, "approved");
    },
  },
});

async function decided(ctx: Context): Promise<void> {
  const { id, promise } = ctx.awakeable<string>();
  await ctx.objectClient(decisions, ctx.request().id).open({ awakeable: id, approvers: ["bob"] });
  await ctx.run("tell that it waits", () => console.log(`${ctx.request().id} ${ctx.request().id}`));
  await promise;
  goesOn(ctx);
}

async function approval(ctx: Context): Promise<void> {
  await approvals.ask(ctx, { jobId: "gate", title: "Deploy 1.4.0 of the shop to production?", notifyUsers: ["bob"] });
  goesOn(ctx);
}

const suspending = { inactivityTimeout: { milliseconds: 200 } };
const waits = service({
  name: "waits",
  handlers: {
    suspended: handlers.handler(suspending, bare),
    kept: handlers.handler({ inactivityTimeout: { hours: 1 } }, bare),
    decided: handlers.handler(suspending, decided),
    approval: handlers.handler(suspending, approval),
  },
});

// Its log would report each invocation that ends with the measurement.
const endpoint = createEndpointHandler({ services: [waits, decisions, approvals.callbacks], logger: () => {} });
const server = createServer(endpoint).listen(0, "127.0.0.1");
server.once("listening", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
