/** Checks that the output of a template is a valid message for its channel. Pure. */

import { oneLine } from "./escaping.ts";
import type { TemplateName } from "./template-names.ts";
import { ShapeError } from "./template-set.ts";

type Fields = Record<string, unknown>;

const LONGEST = { "email/subject": 200, "in-app/subject": 200, "in-app/body": 1_000 } as const;
const LONGEST_MAIL = 500_000;

/** @throws ShapeError if the channel would not accept the message */
export function shaped(name: TemplateName, rendered: string): string {
  switch (name) {
    case "email/subject":
    case "in-app/subject":
    case "in-app/body":
      return nonEmpty(oneLine(rendered, LONGEST[name]));
    case "email/html":
      return bounded(nonEmpty(rendered.trim()));
    case "email/text":
      return `${bounded(
        nonEmpty(
          rendered
            .split("\n")
            .map((line) => line.trimEnd())
            .join("\n")
            .replaceAll(/\n{3,}/g, "\n\n")
            .trim(),
        ),
      )}\n`;
    case "slack/message":
      return slackMessage(parsed(rendered));
    case "webhook/payload":
      return webhookPayload(parsed(rendered));
  }
}

function nonEmpty(text: string): string {
  if (text === "") throw new ShapeError("it is empty");
  return text;
}

function bounded(text: string): string {
  if (text.length > LONGEST_MAIL) throw new ShapeError(`it is longer than ${LONGEST_MAIL} characters`);
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the text.
    const at = /position (\d+)/.exec((error as Error).message)?.[1];
    const line = at === undefined ? null : text.slice(0, Number(at)).split("\n").length;
    throw new ShapeError(line === null ? "it is not JSON" : `it is not JSON: see line ${line} of its output`);
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** By the Standard Webhooks specification: receivers rely on `type`, `timestamp` and `data`. */
function webhookPayload(payload: unknown): string {
  if (!isObject(payload)) throw new ShapeError("it is not a JSON object");
  const { type, timestamp, data } = payload;
  if (typeof type !== "string" || type === "") throw new ShapeError("type is not text");
  if (typeof timestamp !== "string" || Number.isNaN(Date.parse(timestamp)))
    throw new ShapeError("timestamp is not a date");
  if (!isObject(data)) throw new ShapeError("data is not an object");
  return JSON.stringify(payload);
}

/** Slack's limits, in characters or entries. Slack refuses the whole message if one is exceeded. */
const SLACK = {
  blocks: 50,
  header: 150,
  section: 3_000,
  fields: 10,
  field: 2_000,
  contextElements: 10,
  actions: 25,
  button: 75,
  value: 2_000,
  url: 3_000,
  id: 255,
  message: 40_000,
} as const;

function slackMessage(message: unknown): string {
  if (!isObject(message)) throw new ShapeError("it is not a JSON object");
  text(message.text, "text", SLACK.message);
  each(message.blocks, "blocks", SLACK.blocks, slackBlock);
  return JSON.stringify(message);
}

function slackBlock(block: unknown, path: string): void {
  if (!isObject(block)) throw new ShapeError(`${path} is not an object`);
  text(block.type, `${path}.type`, SLACK.id);
  if (block.block_id !== undefined) text(block.block_id, `${path}.block_id`, SLACK.id);
  if (block.type === "header") textObject(block.text, `${path}.text`, SLACK.header, ["plain_text"]);
  if (block.type === "section") slackSection(block, path);
  if (block.type === "context") each(block.elements, `${path}.elements`, SLACK.contextElements, slackContext);
  if (block.type === "actions") each(block.elements, `${path}.elements`, SLACK.actions, slackElement);
}

function slackSection({ text, fields }: Fields, path: string): void {
  if (text === undefined && fields === undefined) throw new ShapeError(`${path} has neither text nor fields`);
  if (text !== undefined) textObject(text, `${path}.text`, SLACK.section);
  if (fields !== undefined) each(fields, `${path}.fields`, SLACK.fields, slackField);
}

const slackField = (field: unknown, path: string): void => textObject(field, path, SLACK.field);

function slackContext(element: unknown, path: string): void {
  if (!isObject(element)) throw new ShapeError(`${path} is not an object`);
  if (element.type !== "image") textObject(element, path, SLACK.section);
}

function slackElement(element: unknown, path: string): void {
  if (!isObject(element)) throw new ShapeError(`${path} is not an object`);
  text(element.type, `${path}.type`, SLACK.id);
  if (element.type !== "button") return;
  textObject(element.text, `${path}.text`, SLACK.button, ["plain_text"]);
  if (element.action_id !== undefined) text(element.action_id, `${path}.action_id`, SLACK.id);
  if (element.value !== undefined) text(element.value, `${path}.value`, SLACK.value);
  if (element.url !== undefined) text(element.url, `${path}.url`, SLACK.url);
}

function textObject(value: unknown, path: string, max: number, types = ["plain_text", "mrkdwn"]): void {
  if (!isObject(value)) throw new ShapeError(`${path} is not an object`);
  if (!types.includes(value.type as string)) throw new ShapeError(`${path}.type is not ${types.join(" or ")}`);
  text(value.text, `${path}.text`, max);
}

function text(value: unknown, path: string, max: number): void {
  if (typeof value !== "string" || value === "") throw new ShapeError(`${path} is not text`);
  if (value.length > max) throw new ShapeError(`${path} is longer than ${max} characters`);
}

function each(value: unknown, path: string, max: number, check: (item: unknown, path: string) => void): void {
  if (!Array.isArray(value) || value.length === 0) throw new ShapeError(`${path} is not a list with entries`);
  if (value.length > max) throw new ShapeError(`${path} has more than ${max} entries`);
  for (const [i, item] of value.entries()) check(item, `${path}.${i}`);
}
