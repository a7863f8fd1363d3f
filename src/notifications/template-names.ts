/** The names of the templates. */

export const TEMPLATE_NAMES = [
  "email/subject",
  "email/html",
  "email/text",
  "slack/message",
  "webhook/payload",
  "in-app/subject",
  "in-app/body",
] as const;

export type TemplateName = (typeof TEMPLATE_NAMES)[number];
