/**
 * The web inbox: what `npm ci` built into `web/dist`. The application finds its page by the address, so each of its
 * addresses gets the same document; what that document loads has names that change with the content.
 */

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "../log.ts";
import { escapeHtmlOnly } from "../notifications/escaping.ts";
import { PAGE_HEADERS, page, sendPage } from "./pages/layout.ts";

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

export interface WebPages {
  /** What answers at a path; undefined where the inbox has nothing there. */
  find(path: string): Handler | undefined;
  /** Tells a person that there is nothing at an address, in the inbox's own words; undefined where it is not built. */
  unknown: Handler | undefined;
}

/** What the application has to know before it asks anything. */
export interface WebSettings {
  /** Whether GraphiQL is served here. */
  graphiql: boolean;
  /** The path below which everything is served; empty for the root. */
  base: string;
}

const DIST = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const PAGES = new Set(["/", "/history", "/statistics", "/new", "/notifications", "/preferences", "/runs"]);
const ONE_THING = /^\/(requests|runs)\/[^/]+\/?$/;
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};
/** Best first. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;
const FOR_EVER = "public, max-age=31536000, immutable";
const FOR_AN_HOUR = "public, max-age=3600";

/**
 * What the page may do. Components write styles while they are used, with the nonce of this one answer; scripts come
 * from files only. Nothing is loaded from another server, not even pictures: that server would learn who reads what.
 */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

const UNBUILT = page(
  "Countersign",
  `<h1>The inbox is not built</h1>
<p>Run <code>npm ci</code>, or <code>npm run prepare</code> where everything is installed, then start the server again.</p>
<p class="soft">The API works without it.</p>`,
  null,
);

/** What was built, as it was when this process asked first: a build meanwhile takes away what the page goes on to load. */
let built: ReadonlyMap<string, Buffer> | undefined;

export function createWebPages(settings: WebSettings, log: Logger): WebPages {
  built ??= readFolder(DIST);
  const files = built;
  const document = files.get("index.html");
  if (document === undefined) {
    built = undefined;
    log.warn("the web inbox is not built; run npm run prepare");
    return {
      find: (path) => (isPage(path) ? (_req, res) => sendPage(res, UNBUILT, 503) : undefined),
      unknown: undefined,
    };
  }
  const html = document
    .toString()
    // What the document loads is named relative to the root of the inbox; its own address may be below that.
    .replaceAll(/(?<= (?:src|href)=")\.(?=\/)/g, escapeHtmlOnly(settings.base))
    .replace("%SETTINGS%", () => escapeHtmlOnly(JSON.stringify(settings)));

  function sendDocument(res: ServerResponse, status = 200): void {
    const nonce = randomBytes(16).toString("base64");
    const headers = { ...PAGE_HEADERS, "Content-Security-Policy": policy(nonce) };
    sendPage(res, { html: html.replaceAll("%NONCE%", nonce), headers }, status);
  }

  function sendFile(name: string, plain: Buffer, req: IncomingMessage, res: ServerResponse): void {
    const accepted = String(req.headers["accept-encoding"] ?? "");
    const encoding = ENCODINGS.find(([key, end]) => new RegExp(`\\b${key}\\b`).test(accepted) && files.has(name + end));
    const body = files.get(name + (encoding?.[1] ?? "")) ?? plain;
    res.writeHead(200, {
      "Content-Type": TYPES[extname(name)] as string,
      "Content-Length": body.length,
      "Cache-Control": name.startsWith("assets/") ? FOR_EVER : FOR_AN_HOUR,
      Vary: "Accept-Encoding",
      ...(encoding !== undefined && { "Content-Encoding": encoding[0] }),
    });
    res.end(req.method === "HEAD" ? undefined : body);
  }

  return {
    find(path) {
      if (isPage(path)) return (_req, res) => sendDocument(res);
      const name = path.slice(1);
      const file = TYPES[extname(name)] === undefined ? undefined : files.get(name);
      return file && ((req, res) => sendFile(name, file, req, res));
    },
    unknown: (_req, res) => sendDocument(res, 404),
  };
}

/** Addresses that people write may end in a slash. */
const isPage = (path: string): boolean => PAGES.has(path.replace(/(.)\/$/, "$1")) || ONE_THING.test(path);

/** Every file in it by its path; none where there is no such folder. */
function readFolder(folder: string): ReadonlyMap<string, Buffer> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [relative(folder, path).replaceAll("\\", "/"), readFileSync(path)]));
}
