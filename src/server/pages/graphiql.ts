/** Serves GraphiQL from the installed package, without internet access, with the session cookie and WebSockets. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PAGE_HEADERS } from "./layout.ts";

const DEFAULT_QUERY = `# Your pending requests. The user is that of your
# session (/sign-in#token=…), or an
# Authorization header, below.
query Inbox {
  viewer {
    userId
    roles
    scopes
    pendingCount
  }
  pendingApprovals(first: 20) {
    totalCount
    edges {
      node {
        id
        title
        requestedBy
        expiresAt
      }
    }
  }
}
`;

// Without a stored query GraphiQL opens another empty tab at every visit.
const HEAD = `<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  @media (max-width: 600px) {
    #graphiql-session { flex-direction: column; }
    .graphiql-horizontal-drag-bar, .graphiql-logo { display: none; }
  }
</style>
<script>
  if (!localStorage.getItem("graphiql:query")) localStorage.setItem("graphiql:query", ${JSON.stringify(DEFAULT_QUERY)});
</script>
`;

// The browser lets the bundle send nothing to another origin.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
  "worker-src blob:",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface Rendered {
  plain: Buffer;
  zipped: Buffer;
}

/** Rendered pages by the base of every address. */
const rendered = new Map<string, Promise<Rendered>>();

/** The bundle is 9 MB of text, so it is loaded at the first request. */
async function render(base: string): Promise<Rendered> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const html = renderGraphiQL({
    title: "Countersign",
    defaultQuery: DEFAULT_QUERY,
    credentials: "same-origin",
    // A header may contain a token, which must not be in the browser's storage.
    shouldPersistHeaders: false,
    subscriptionsProtocol: "WS",
    endpoint: `${base}/graphql`,
  });
  const plain = Buffer.from(html.trimStart().replace("</head>", () => `${HEAD}</head>`));
  return { plain, zipped: await promisify(gzip)(plain) };
}

/** @param base of every address */
export async function sendGraphiql(req: IncomingMessage, res: ServerResponse, base: string): Promise<void> {
  const rendering = rendered.get(base) ?? render(base);
  rendered.set(base, rendering);
  const { plain, zipped } = await rendering;
  const zip = /\bgzip\b/.test(String(req.headers["accept-encoding"] ?? ""));
  const body = zip ? zipped : plain;
  res.writeHead(200, {
    ...PAGE_HEADERS,
    "Content-Security-Policy": POLICY,
    "Content-Length": body.length,
    Vary: "Accept-Encoding",
    ...(zip && { "Content-Encoding": "gzip" }),
  });
  res.end(req.method === "HEAD" ? undefined : body);
}
