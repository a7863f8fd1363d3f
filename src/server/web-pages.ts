/**
 * Serves the web inbox that `npm ci` built into `web/dist`. The application selects its page by the address, so all its
 * addresses return the same document. The names of the files that the document loads change with their content.
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
  /** The handler of a path; undefined if the inbox has no such path. */
  find(path: string): Handler | undefined;
  /** The inbox's page for an unknown address; undefined if the inbox is not built. */
  unknown: Handler | undefined;
}

/** The settings that the application needs before its first request. */
export interface WebSettings {
  /** Whether GraphiQL is served here. */
  graphiql: boolean;
  /** The path below which everything is served; empty for the root. */
  base: string;
}

const DIST = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const PAGES = new Set(["/", "/history", "/statistics", "/new", "/notifications", "/preferences", "/runs"]);
const DETAIL_PAGE = /^\/(requests|runs)\/[^/]+\/?$/;
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
const CACHE_FOREVER = "public, max-age=31536000, immutable";
const CACHE_HOUR = "public, max-age=3600";

/**
 * The content security policy of the inbox. Components add styles at run time with the nonce of this response. Scripts
 * come only from files. Nothing is loaded from another server, because that server would learn who reads what.
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
<p>Run <code>npm ci</code>, or <code>npm run prepare</code> if everything is installed, then start the server again.</p>
<p class="soft">The API works without it.</p>`,
  null,
);

/** The built files, read once: a later build would remove the files that an open page still loads. */
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
    // The document names its files relative to the root of the inbox, but its own address may be below the root.
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
      "Cache-Control": name.startsWith("assets/") ? CACHE_FOREVER : CACHE_HOUR,
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

/** An address that a person types may end in a slash. */
const isPage = (path: string): boolean => PAGES.has(path.replace(/(.)\/$/, "$1")) || DETAIL_PAGE.test(path);

/** All files of a folder by path; empty if there is no such folder. */
function readFolder(folder: string): ReadonlyMap<string, Buffer> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [relative(folder, path).replaceAll("\\", "/"), readFileSync(path)]));
}
