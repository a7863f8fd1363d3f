/**
 * Reverse proxies with TLS in front of a server: nginx, with the configuration of docs/proxies.md, and one of our own.
 */

import { once } from "node:events";
import { accessSync, constants, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import { spawn } from "../spawn.ts";
import { PROXY_CERTIFICATE, PROXY_KEY } from "./proxy-certificate.ts";

/** The path of the configuration in the documentation. */
export const BASE = "/approvals";

export interface ReverseProxy {
  stop(): Promise<void>;
}

/** @param upstream where the server listens @param silenceS how long an answer may stand still */
export type StartProxy = (port: number, upstream: string, silenceS: number) => Promise<ReverseProxy>;

/** A free port. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Passes on requests below the path unchanged. */
export const startNodeProxy: StartProxy = async (port, upstream, silenceS) => {
  const forwarded = ({ headers, socket }: IncomingMessage) => ({
    ...headers,
    "x-forwarded-for": socket.remoteAddress ?? "",
    "x-forwarded-proto": "https",
    "x-forwarded-host": headers.host ?? "",
  });
  const server = createServer({ cert: PROXY_CERTIFICATE, key: PROXY_KEY }, (req, res: ServerResponse) => {
    if (!req.url?.startsWith(`${BASE}/`)) return void res.writeHead(404).end("not ours");
    const { method = "GET" } = req;
    const passed = request(upstream + req.url, { method, headers: forwarded(req), timeout: silenceS * 1_000 });
    passed.on("timeout", () => passed.destroy(new Error("silent for too long")));
    passed.on("response", (answer) => {
      res.writeHead(answer.statusCode as number, answer.rawHeaders);
      answer.pipe(res);
      answer.on("error", () => res.destroy());
    });
    passed.on("error", () => (res.headersSent ? res.destroy() : res.writeHead(504).end("no answer")));
    req.pipe(passed);
    res.on("close", () => passed.destroy());
  });
  server.on("upgrade", (req, socket, head) => {
    const { hostname, port: to } = new URL(upstream);
    const behind = net.connect(Number(to), hostname, () => {
      const lines = Object.entries(forwarded(req)).map(([name, value]) => `${name}: ${value}`);
      behind.write(`GET ${req.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      behind.write(head);
      socket.pipe(behind).pipe(socket);
    });
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    }
  });
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
};

/** The path of nginx; null if it is not installed. */
export const nginxPath: string | null =
  [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "nginx"))
    .find(isExecutable) ?? null;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The configuration in the documentation, with what is different on this machine. */
export const startNginx: StartProxy = async (port, upstream, silenceS) => {
  const folder = await mkdtemp(join(tmpdir(), "countersign-nginx-"));
  const page = readFileSync(new URL("../../../docs/proxies.md", import.meta.url), "utf8");
  let server = /^```nginx\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "";
  for (const [from, to] of [
    ["listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`],
    ["server_name intranet.company.com;", "server_name 127.0.0.1;"],
    ["/etc/nginx/intranet.company.com.pem", `${folder}/certificate.pem`],
    ["/etc/nginx/intranet.company.com.key", `${folder}/key.pem`],
    ["proxy_pass http://127.0.0.1:4000;", `proxy_pass ${upstream}; proxy_read_timeout ${silenceS}s;`],
  ] as const) {
    if (!server.includes(from)) throw new Error(`the configuration in docs/proxies.md has no ${from}`);
    server = server.replace(from, to);
  }
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  await Promise.all([
    writeFile(`${folder}/certificate.pem`, PROXY_CERTIFICATE),
    writeFile(`${folder}/key.pem`, PROXY_KEY),
    writeFile(
      `${folder}/nginx.conf`,
      `pid ${folder}/pid;\ndaemon off;\nmaster_process off;\nerror_log stderr warn;\nevents {}\n` +
        `http {\naccess_log off;\n${temporary}\n${server}}\n`,
    ),
  ]);
  const args = ["-e", "stderr", "-p", folder, "-c", `${folder}/nginx.conf`];
  const child = spawn(nginxPath as string, args, { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.on("data", (text) => {
    output += text;
  });
  const ended = once(child, "close");
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  };
  try {
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${output}`);
      return connects(port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
};

async function connects(port: number): Promise<true> {
  const socket = net.connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } finally {
    socket.destroy();
  }
}
