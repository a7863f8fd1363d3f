/** The decision page on a bare HTTP server, as a mail program's browser and a mail scanner request it. */

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";

export interface OpenedPage {
  status: number;
  headers: Headers;
  html: string;
  /** The text of the page: without tags, with single spaces. */
  text: string;
  /** Whether the request can be decided on this page. */
  buttons: boolean;
  /** The form's hidden fields and the comment in it. */
  fields: { token: string; digest: string; comment: string };
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'", amp: "&" };
const unescaped = (text: string) =>
  text.replace(/&(lt|gt|quot|#34|#39|amp);/g, (_all, name) => ENTITIES[name] as string);

export async function openedPageIn(response: Response): Promise<OpenedPage> {
  const html = await response.text();
  const field = (name: string) => unescaped(new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "");
  const body = html.slice(html.indexOf("<body>")).replaceAll(/<(textarea)[^>]*>[^<]*<\/\1>/g, "");
  return {
    status: response.status,
    headers: response.headers,
    html,
    text: unescaped(body.replaceAll(/<[^>]*>/g, ""))
      .replaceAll(/\s+/g, " ")
      .trim(),
    buttons: html.includes("<form"),
    fields: {
      token: field("token"),
      digest: field("digest"),
      comment: unescaped(/<textarea[^>]*>\n?([^<]*)</.exec(html)?.[1] ?? ""),
    },
  };
}

export interface PageServer {
  url: string;
  stop(): Promise<void>;
}

/** Serves only this handler, on every path. */
export async function serve(handle: RequestListener): Promise<PageServer> {
  const server = createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export const open = async (url: string, token: string, method = "GET"): Promise<OpenedPage> =>
  openedPageIn(await fetch(`${url}/decide?token=${token}`, { method }));

/** Sends the form as it was shown, by the button. */
export async function press(
  url: string,
  { fields }: Pick<OpenedPage, "fields">,
  decision: string,
  comment = "",
  headers: Record<string, string> = {},
): Promise<OpenedPage> {
  // As browsers do: line breaks of a text area are CRLF.
  const written = comment.replaceAll("\n", "\r\n");
  const body = new URLSearchParams({ token: fields.token, digest: fields.digest, comment: written, decision });
  return openedPageIn(await fetch(`${url}/decide`, { method: "POST", body, headers }));
}

/** The headers that protect a page with a token in its address. */
export function expectGuarded({ headers }: OpenedPage): void {
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
  const policy = (headers.get("content-security-policy") as string).split("; ");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy.some((part) => part.startsWith("script-src") || part.includes("unsafe"))).toBe(false);
}
