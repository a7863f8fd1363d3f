/** The words of every message: Liquid files, each of which an operator can replace in TEMPLATES_DIR. */

import type { MessageView } from "./view.ts";

export type TemplateName =
  | "email/subject"
  | "email/html"
  | "email/text"
  | "slack/message"
  | "webhook/payload"
  | "in-app/subject"
  | "in-app/body";

export interface Templates {
  /** Never throws: a template of the operator's that fails is logged, and the built-in one is used. */
  render(name: TemplateName, view: MessageView): string;
}
