/** The fallback if a built-in template fails: the title of the request and a link to it. */

import { escapeHtml, jsonInner, oneLine, slackPlain, slackText } from "./escaping.ts";
import type { TemplateName } from "./template-names.ts";
import type { MessageView } from "./view.ts";

export function plainMessage(name: TemplateName, { kind, request, links, createdAt }: MessageView): string {
  const title = oneLine(String(request.title), 150) || "An approval request";
  switch (name) {
    case "email/subject":
    case "in-app/subject":
      return title;
    case "in-app/body":
      return "Open the request to see its status.";
    case "email/text":
      return `${title}\n\nOpen: ${links.open}\n`;
    case "email/html":
      return `<!doctype html><p>${escapeHtml(title)}</p><p><a href="${escapeHtml(links.open)}">Open</a></p>`;
    case "slack/message": {
      const open = { type: "button", action_id: "open", text: { type: "plain_text", text: "Open" }, url: links.open };
      return JSON.stringify({
        text: slackText(title, 300),
        blocks: [
          { type: "section", text: { type: "plain_text", text: slackPlain(title, 300), emoji: false } },
          { type: "actions", elements: [open] },
        ],
      });
    }
    case "webhook/payload":
      return `{"type":"${webhookType(kind)}","timestamp":"${createdAt}","data":{"request":{"id":"${jsonInner(String(request.id))}"}}}`;
  }
}

const webhookType = (kind: MessageView["kind"]): string =>
  `approval.${kind === "REQUESTED" ? "created" : kind.toLowerCase()}`;
