/** The decision dialog in another application. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SharedBrowser, sharedBrowser } from "../support/web/browser.ts";

let folder: string;
let server: Server;
let browser: SharedBrowser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-dialog-"));
  const { build, defaultClientConditions } = await import("vite");
  const launching = sharedBrowser();
  await build({
    root: fileURLToPath(new URL("../support/dialog-app/", import.meta.url)),
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["countersign-source", ...defaultClientConditions] },
    build: { outDir: folder, emptyOutDir: true },
  });
  server = createServer(async (req, res) => {
    const path = req.url === "/" ? "/index.html" : (req.url as string);
    const types = { html: "text/html", js: "text/javascript", css: "text/css" };
    const type = types[path.split(".").at(-1) as keyof typeof types];
    const body = await readFile(join(folder, path)).catch(() => null);
    res.writeHead(body === null ? 404 : 200, { "Content-Type": type ?? "text/plain" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await launching;
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  await rm(folder, { recursive: true });
});

test("another application shows the dialog with its own request, and sends the decision itself", async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.getByRole("button", { name: "Decide" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Yours is the last approval needed: the workflow continues.").waitFor();
  await dialog.getByLabel("Comment").fill("as ordered");
  await dialog.getByRole("button", { name: "Approve" }).click();
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => page.locator("output").textContent()).toBe('["APPROVE","as ordered","c0ffee"]');
});
