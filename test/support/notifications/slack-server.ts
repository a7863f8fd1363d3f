/**
 * Slack on a loopback address: the part of its Web API that the project uses, as strict as Slack, and the people who
 * press buttons (`slack-presses.ts`). It can limit rates, fail, hang and cut its connections.
 */

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Arguments, METHODS, Refusal } from "./slack-methods.ts";
import { Recording } from "./slack-recording.ts";
import { SlackWorkspace } from "./slack-workspace.ts";

/** One call of a method with its response. */
export interface SlackCall {
  method: string;
  args: Arguments;
  /** HTTP status; 0 if the connection was cut, or there was no answer. */
  status: number;
  /** The error with which Slack refused the call. */
  error: string | null;
  /** The details of the error. */
  details: string[];
}

export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  | { error: string }
  /** Never answers. */
  | "hang"
  /** Executes the call, and cuts the connection instead of answering. */
  | "cut after"
  /** Cuts the connection in the middle of the answer. */
  | "cut within";

/** The app's answer to a user who pressed a button. */
export interface EphemeralAnswer {
  responseUrl: string;
  text: string;
}

export interface SlackServer {
  workspace: SlackWorkspace;
  /** For SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET and SLACK_API_URL. */
  settings: { botToken: string; signingSecret: string; apiUrl: string };
  calls: Recording<SlackCall>;
  /** The app's answers to users who pressed a button. */
  answers: Recording<EphemeralAnswer>;
  /** The next `times` calls of the method get this answer. */
  fail(method: string, fault: Fault, times?: number): void;
  /** Where the app may answer a press, up to five times. */
  newResponseUrl(): string;
  /** Whether the app may reply to people who press a button. */
  takesAnswers: boolean;
  /** The credentials of the app. */
  token: string;
  stop(): Promise<void>;
}

const ANSWER_FIELDS = ["text", "response_type", "replace_original"];
const ANSWERS_A_PRESS = 5;

export async function startSlack(): Promise<SlackServer> {
  const workspace = new SlackWorkspace();
  const calls = new Recording<SlackCall>();
  const answers = new Recording<EphemeralAnswer>();
  const faults: { method: string; fault: Fault; times: number }[] = [];
  const responseUrls = new Map<string, number>();
  const token = `xoxb-${randomBytes(12).toString("hex")}`;

  const server = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? "/", "http://slack.invalid");
    const serve = pathname.startsWith("/api/") ? serveMethod : serveAnswer;
    serve(req, res, pathname).catch((error: unknown) => res.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serveMethod(req: IncomingMessage, res: ServerResponse, pathname: string): Promise<void> {
    const method = pathname.slice("/api/".length);
    const args = Object.fromEntries(new URLSearchParams(await bodyOf(req)));
    const call: SlackCall = { method, args, status: 0, error: null, details: [] };
    const fault = takeFault(method);
    if (fault === "hang") return calls.add(call);
    if (fault !== null && typeof fault === "object" && "status" in fault) {
      call.status = fault.status;
      res.writeHead(fault.status, fault.headers).end(fault.body);
      return calls.add(call);
    }
    const answer =
      fault !== null && typeof fault === "object" ? { ok: false, error: fault.error } : answerOf(req, call);
    if (fault === "cut after" || fault === "cut within") {
      if (fault === "cut within") {
        res.writeHead(200, { "Content-Type": "application/json; charset=utf-8", "Content-Length": 1_000 });
        await new Promise<void>((resolve) => res.write('{"ok":', () => resolve()));
      }
      res.destroy();
      return calls.add(call);
    }
    call.status = 200;
    call.error = answer.ok ? null : String(answer.error);
    res.writeHead(200, { "Content-Type": "application/json; charset=utf-8" }).end(JSON.stringify(answer));
    calls.add(call);
  }

  function answerOf(req: IncomingMessage, call: SlackCall): Record<string, unknown> & { ok: boolean } {
    try {
      checkCall(req, call.method, call.args);
      return { ok: true, ...METHODS[call.method]?.run(call.args, workspace) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      call.details = error.details;
      return { ok: false, error: error.message, response_metadata: { messages: error.details } };
    }
  }

  function checkCall(req: IncomingMessage, method: string, args: Arguments): void {
    const known = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (known === undefined) throw new Refusal("unknown_method");
    if (req.method !== "POST") throw new Refusal("invalid_post_type", [`it was sent with ${req.method}`]);
    const given = req.headers.authorization;
    if (given === undefined) throw new Refusal("not_authed");
    if (given !== `Bearer ${slack.token}`) throw new Refusal("invalid_auth");
    const type = req.headers["content-type"] ?? "";
    if (!/^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i.test(type)) throw new Refusal("invalid_post_type");
    const missing = known.required.filter((name) => !args[name]);
    const allowed = [...known.required, ...(known.optional ?? [])];
    const unknown = Object.keys(args).filter((name) => !allowed.includes(name));
    const details = [...missing.map((name) => `lacks ${name}`), ...unknown.map((name) => `does not know ${name}`)];
    if (details.length > 0) throw new Refusal("invalid_arguments", details);
  }

  function takeFault(method: string): Fault | null {
    const found = faults.find((one) => one.method === method);
    if (found === undefined) return null;
    found.times -= 1;
    if (found.times === 0) faults.splice(faults.indexOf(found), 1);
    return found.fault;
  }

  /** Answers that the app posts to a `response_url`. */
  async function serveAnswer(req: IncomingMessage, res: ServerResponse, pathname: string): Promise<void> {
    const responseUrl = origin + pathname;
    const left = responseUrls.get(responseUrl) ?? 0;
    const body = await bodyOf(req);
    const refuse = (status: number, error: string) => void res.writeHead(status).end(error);
    if (left === 0 || !slack.takesAnswers) return refuse(404, "expired_url");
    if (req.method !== "POST" || !/^application\/json\b/.test(req.headers["content-type"] ?? "")) {
      return refuse(400, "invalid_post_type");
    }
    const { text, response_type, replace_original, ...rest } = JSON.parse(body);
    if (typeof text !== "string" || text === "") return refuse(400, "no_text");
    if (response_type !== "ephemeral" || replace_original !== false || Object.keys(rest).length > 0) {
      return refuse(400, `invalid_payload: only ${ANSWER_FIELDS.join(", ")}, to nobody else, beside the message`);
    }
    responseUrls.set(responseUrl, left - 1);
    res.writeHead(200).end("ok");
    answers.add({ responseUrl, text });
  }

  const settings = { botToken: token, signingSecret: randomBytes(16).toString("hex"), apiUrl: `${origin}/api/` };
  const slack: SlackServer = {
    workspace,
    settings,
    token,
    takesAnswers: true,
    calls,
    answers,
    fail: (method, fault, times = 1) => void faults.push({ method, fault, times }),
    newResponseUrl() {
      const responseUrl = `${origin}/actions/${workspace.team}/${randomBytes(8).toString("hex")}`;
      responseUrls.set(responseUrl, ANSWERS_A_PRESS);
      return responseUrl;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return slack;
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
