/** Texts of requesters cause no requests to other servers, which would reveal who reads them, and when. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useWeb } from "../support/web/use-web.ts";
import type { WebPerson } from "../support/web/web.ts";

const web = useWeb();
/** The requester's server, and the requests that it received. */
let elsewhere: Server;
let address: string;
const fetched: { path: string; referrer: string | undefined }[] = [];

beforeAll(async () => {
  elsewhere = createServer(({ url = "", headers }, res) => {
    fetched.push({ path: url, referrer: headers.referer });
    res.writeHead(200, { "Content-Type": "text/html" }).end("<title>elsewhere</title>");
  }).listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  address = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
afterAll(() => elsewhere.close());

/** Opens a page and returns the addresses of other origins that it requested. */
async function watched(userId: string, path: string) {
  const person: WebPerson = await web.open(userId, "/preferences");
  const left: string[] = [];
  person.page.context().on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== web.server.url) left.push(request.url());
  });
  await person.page.goto(web.server.url + path);
  return { ...person, left };
}

const remote = (path: string) => [`${address}${path}`, `https://pictures.example${path}`];
const WRITTEN = () => {
  const [here, there] = remote("/pixel.png") as [string, string];
  return {
    description: [
      `![a picture](${here}) ![](${there} "title") ![ref][r]`,
      `[![in a link](${here})](${there})`,
      `<img src="${here}" srcset="${here} 1x, ${there} 2x"> <picture><source srcset="${here}"></picture>`,
      `<svg><image href="${here}"/></svg> <link rel="prefetch" href="${here}"> <style>@import url(${here});</style>`,
      `<video poster="${here}"></video> <iframe src="${here}"></iframe> <object data="${here}"></object>`,
      `<div style="background:url(${here})">x</div> <body background="${here}">`,
      `![//](//${new URL(address).host}/pixel.png) ![own](${web.server.url}/auth/logout) <${here}> ${there}`,
      `| a |\n| --- |\n| ![in a table](${here}) |`,
      `\n[r]: ${here}`,
    ].join("\n\n"),
    context: {
      picture: there,
      logo: here,
      nested: { photo: there, deeper: { deepest: { image: there } } },
      list: remote("/list.png"),
      table: [{ image: there, avatarUrl: here }],
      change: { before: there, after: here },
      html: `<img src="${here}">`,
    },
    metadata: { risk: "low", image: there },
  };
};

test("a request with pictures of another server loads them only after a click", async () => {
  const id = await web.ask(`<img src="${address}/title.png">`, WRITTEN());
  const bob = await watched("bob", `/requests/${id}`);
  const placeholder = bob.page.getByRole("link", { name: "Open the picture “a picture”" });
  await placeholder.waitFor();
  await bob.page
    .getByText(`from ${new URL(address).host}`)
    .first()
    .waitFor();
  await bob.page.getByText("from pictures.example").first().waitFor();
  await bob.page.getByRole("button", { name: /^Show metadata/ }).click();
  for (const summary of await bob.page.locator("summary").all()) await summary.click();
  await bob.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)");
  await placeholder.hover();
  await bob.page.getByRole("button", { name: "Approve" }).click();
  await bob.page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await bob.page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await bob.page.locator("article img:not([src^='data:'])").count()).toBe(0);
  expect(bob.left).toEqual([]);
  expect(fetched).toEqual([]);
  const [opened] = await Promise.all([bob.page.context().waitForEvent("page"), placeholder.click()]);
  await opened.waitForURL(`${address}/pixel.png`);
  expect(fetched.filter(({ path }) => path !== "/favicon.ico")).toEqual([{ path: "/pixel.png", referrer: undefined }]);
  expect(await opened.evaluate("window.opener")).toBeNull();
});

test("a picture that is part of the request itself is shown", async () => {
  const src =
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const id = await web.ask("Deploy", { description: `![own](${src})`, context: { picture: src } });
  const bob = await watched("bob", `/requests/${id}`);
  await bob.page.getByRole("img", { name: "own" }).waitFor();
  await expect
    .poll(() => bob.page.evaluate("[...document.querySelectorAll('article img')].map((one) => one.naturalWidth > 0)"))
    .toEqual([true, true]);
  expect(bob.left).toEqual([]);
});

test("no other page of the inbox loads content from another server", async () => {
  await web.ask(`![x](${address}/list.png)`, WRITTEN());
  const paths = ["/", "/history", "/statistics", "/new", "/notifications", "/preferences", "/runs"];
  const look = async (path: string) => {
    const bob = await watched("bob", path);
    await bob.page.getByRole("heading", { level: 1 }).waitFor();
    await bob.page.waitForLoadState("networkidle");
    expect(bob.left, path).toEqual([]);
  };
  await Promise.all(paths.map(look));
});
