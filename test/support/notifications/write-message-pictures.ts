/** Writes docs/pictures: every notification as a mail client and as Slack would show it, drawn by a real browser. */

import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createLogger } from "../../../src/log.ts";
import { createTemplates } from "../../../src/notifications/templates.ts";
import type { MessageView } from "../../../src/notifications/view.ts";
import { type Browser, launchBrowser } from "../web/browser.ts";
import { inChannel, MESSAGES } from "./messages.ts";
import { slackPage } from "./slack-page.ts";

const FOLDER = fileURLToPath(new URL("../../../docs/pictures/", import.meta.url));
const templates = createTemplates({ dir: null, log: createLogger("warn") });

interface Look {
  width?: number;
  colorScheme?: "light" | "dark";
}

async function draw(browser: Browser, name: string, html: string, look: Look = {}): Promise<void> {
  const { width = 640, colorScheme = "light" } = look;
  const context = await browser.newContext({ viewport: { width, height: 100 }, colorScheme, deviceScaleFactor: 1.25 });
  const page = await context.newPage();
  await page.setContent(html);
  await page.screenshot({ path: `${FOLDER}${name}.png`, fullPage: true });
  await context.close();
}

const mailOf = (name: string): string => templates.render("email/html", MESSAGES[name] as MessageView);
const slackOf = (view: MessageView): string => slackPage(templates.render("slack/message", view));

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const browser = await launchBrowser();
try {
  for (const [name, view] of Object.entries(MESSAGES)) {
    // They look like the outcome and like the request to others.
    if (["requested-too-late", "requested-by-someone-else"].includes(name)) continue;
    await draw(browser, `mail-${name}`, mailOf(name));
    await draw(browser, `slack-${name}`, slackOf(view));
  }
  for (const name of ["requested", "urgent", "approved"]) {
    await draw(browser, `mail-${name}-dark`, mailOf(name), { colorScheme: "dark" });
  }
  await draw(browser, "mail-requested-phone", mailOf("requested"), { width: 375 });
  await draw(browser, "mail-rejected-phone-dark", mailOf("rejected"), { width: 375, colorScheme: "dark" });
  await draw(browser, "slack-requested-channel", slackOf(inChannel(MESSAGES.requested as MessageView)));
} finally {
  await browser.close();
}
