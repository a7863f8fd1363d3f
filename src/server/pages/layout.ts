/** The layout of the server's own pages. Each page is one file that loads nothing from other origins. */

import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";

export interface Page {
  html: string;
  headers: Record<string, string>;
}

const STYLE = `
  :root { color-scheme: light dark; --line: light-dark(#d8dee6, #343b45); --soft: light-dark(#5b6673, #9aa5b1);
    --accent: light-dark(#1f5fbf, #7db0ff); --card: light-dark(#fff, #1b2027); }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
    background: light-dark(#f3f5f8, #12161b); color: light-dark(#17202b, #e8edf3);
    font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
  main { width: min(34rem, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 14px;
    padding: 2rem; box-shadow: 0 10px 30px rgb(0 0 0 / .07); }
  h1 { font-size: 1.35rem; margin: 0 0 1rem; letter-spacing: -.01em; }
  p { margin: 0 0 1rem; overflow-wrap: anywhere; }
  .soft { color: var(--soft); font-size: .92rem; }
  .count { font-size: 2.6rem; font-weight: 650; line-height: 1.1; margin: 0 0 .2rem; }
  a { color: var(--accent); }
  nav { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1.4rem; align-items: center; }
  .button, button { font: inherit; padding: .5rem .95rem; border: 1px solid var(--line); border-radius: 8px;
    background: transparent; color: inherit; text-decoration: none; cursor: pointer; }
  .primary { background: var(--accent); border-color: var(--accent); color: light-dark(#fff, #0d1420); }
  .button:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  code { font: .9em ui-monospace, monospace; background: light-dark(#eef1f5, #262d36); padding: .1em .35em; border-radius: 5px; }
  [hidden] { display: none; }`;

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * @param script the only script that the browser runs, at the end of the page; null for none
 * @param ownStyle styles of this page, in addition to the common ones
 * @param formAction where the page's forms may be sent
 */
export function page(
  title: string,
  body: string,
  script: string | null,
  ownStyle = "",
  formAction: "'none'" | "'self'" = "'none'",
): Page {
  const style = STYLE + ownStyle;
  const policy = [
    "default-src 'none'",
    ...(script === null ? [] : [`script-src ${hash(script)}`, "connect-src 'self'"]),
    `style-src ${hash(style)}`,
    "img-src data:",
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join("; ");
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
${script === null ? "" : `<script>${script}</script>`}
</body>
</html>
`;
  return { html, headers: { ...PAGE_HEADERS, "Content-Security-Policy": policy } };
}

export const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-cache",
} as const;

export function sendPage(res: ServerResponse, { html, headers }: Page, status = 200): void {
  res.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(html) });
  res.end(res.req.method === "HEAD" ? undefined : html);
}
