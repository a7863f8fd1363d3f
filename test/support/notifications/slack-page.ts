/**
 * Draws a message of Slack blocks as a page that looks like Slack, for pictures: only the blocks that the project uses.
 */

import { escapeHtml } from "../../../src/notifications/escaping.ts";

interface Text {
  type: "plain_text" | "mrkdwn";
  text: string;
}
interface Button {
  style?: "primary" | "danger";
  text: Text;
}
interface Block {
  type: "header" | "section" | "context" | "actions";
  text?: Text;
  fields?: Text[];
  elements?: (Text | Button)[];
}

const disc = (colour: string, inner: string) =>
  `<svg class="emoji" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9" fill="${colour}"/>${inner}</svg>`;
const stroke = (path: string) =>
  `<path d="${path}" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`;

/** Drawn here, because no installed font has them. */
const EMOJI: Record<string, string> = {
  large_blue_circle: disc("#3b88e0", ""),
  white_check_mark: disc("#3aa55c", stroke("M5.8 10.4l2.9 2.9 5.6-6")),
  x: disc("#d9363e", stroke("M6.7 6.7l6.6 6.6M13.3 6.7l-6.6 6.6")),
  hourglass: disc("#b8862b", stroke("M7 5h6L7 15h6z")),
  no_entry_sign: disc(
    "#d9363e",
    '<circle cx="10" cy="10" r="5.6" fill="#fff"/><path d="M6 6l8 8" stroke="#d9363e" stroke-width="2.6"/>',
  ),
  bell: disc("#e0a030", stroke("M6 12.6h8l-1.2-2V8.6a2.8 2.8 0 0 0-5.6 0v2zM9.4 15h1.2")),
  rotating_light: disc("#d9363e", stroke("M6.6 14h6.8M7.6 14v-3a2.4 2.4 0 0 1 4.8 0v3M10 4.6v1.6")),
  arrow_double_up: disc("#3b88e0", stroke("M6.4 10l3.6-3.6L13.6 10M6.4 14.2l3.6-3.6 3.6 3.6")),
  speech_balloon: disc("#7d8590", stroke("M5.6 6.4h8.8v6H9.4L7 14.6v-2.2H5.6z")),
  warning: disc("#e0a030", stroke("M10 5.4v5.2M10 14.2v.1")),
};

const decode = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const shown = (text: string) => escapeHtml(decode(text)).replaceAll("\n", "<br>");

function textHtml({ type, text }: Text): string {
  if (type === "plain_text") return shown(text);
  return text
    .split(/(```[\s\S]*?```|<[^>]*>|\*[^*\n]+\*|:[a-z_]+:)/)
    .map((piece) => {
      if (piece.startsWith("```")) return `<pre>${escapeHtml(decode(piece.slice(3, -3)))}</pre>`;
      if (piece.startsWith("<!date^")) return dateHtml(piece);
      if (/^\*.+\*$/.test(piece)) return `<b>${shown(piece.slice(1, -1))}</b>`;
      return EMOJI[piece.slice(1, -1)] ?? shown(piece);
    })
    .join("");
}

/** Slack shows dates in the reader's zone. This reader is in Berlin, on the day of the messages. */
function dateHtml(token: string): string {
  const [, seconds = ""] = /^<!date\^(\d+)\^/.exec(token) ?? [];
  const time = new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Berlin" });
  return `Today at ${time.format(Number(seconds) * 1_000)}`;
}

function blockHtml({ type, text, fields, elements = [] }: Block): string {
  switch (type) {
    case "header":
      return `<div class="header">${textHtml(text as Text)}</div>`;
    case "section": {
      const cells = (fields ?? []).map((field) => `<div>${textHtml(field)}</div>`).join("");
      return `<div class="section">${text ? textHtml(text) : ""}${cells && `<div class="fields">${cells}</div>`}</div>`;
    }
    case "context":
      return `<div class="context">${elements.map((element) => textHtml(element as Text)).join(" ")}</div>`;
    case "actions":
      return `<div class="actions">${elements.map((element) => buttonHtml(element as Button)).join("")}</div>`;
  }
}

const buttonHtml = ({ style, text }: Button) => `<span class="button ${style ?? ""}">${textHtml(text)}</span>`;

/** @param message the output of the template `slack/message` */
export function slackPage(message: string): string {
  const { blocks } = JSON.parse(message) as { blocks: Block[] };
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 16px 20px 20px; max-width: 600px; background: #fff; color: #1d1c1d; font: 15px/22px "Open Sans", sans-serif }
.message { display: flex; gap: 10px }
.avatar { flex: none; width: 36px; height: 36px; border-radius: 8px; background: #1c5fd6; color: #fff; font: bold 17px/36px "Open Sans"; text-align: center }
.body { flex: 1; min-width: 0 }
.name { font-weight: bold } .name small { font-size: 10px; font-weight: normal; background: #e8e8e8; color: #616061; border-radius: 3px; padding: 2px 4px; margin: 0 6px }
.name time { font-size: 12px; font-weight: normal; color: #616061 }
.body > div + div { margin-top: 8px }
.header { font-size: 18px; line-height: 24px; font-weight: bold }
.context { font-size: 13px; line-height: 19px; color: #616061 } .context b { color: #1d1c1d }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px }
pre { margin: 4px 0; padding: 8px; border: 1px solid #ddd; border-radius: 4px; background: #f8f8f8; font: 12px/18px "DejaVu Sans Mono", monospace; white-space: pre-wrap; word-break: break-word }
.button { display: inline-block; margin: 0 8px 0 0; padding: 0 12px; border: 1px solid #bbb; border-radius: 8px; font-size: 14px; line-height: 30px; font-weight: bold }
.primary { background: #007a5a; border-color: #007a5a; color: #fff } .danger { border-color: #e01e5a; color: #e01e5a }
.emoji { width: 17px; height: 17px; vertical-align: -3px; margin-right: 2px }
</style><div class="message"><div class="avatar">C</div><div class="body">
<div class="name">Countersign<small>APP</small><time>10:30</time></div>
${blocks.map(blockHtml).join("\n")}
</div></div>`;
}
