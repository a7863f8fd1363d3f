/** Tests that docs/notifications.md lists every kind, template, variable, filter and picture. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSchema, parse, validate } from "graphql";
import { expect, it } from "vitest";
import { NOTIFICATION_KINDS } from "../../src/model/notifications.ts";
import { FILTER_NAMES } from "../../src/notifications/template-filters.ts";
import { TEMPLATE_NAMES } from "../../src/notifications/template-names.ts";
import { VARIABLES } from "../../src/notifications/template-variables.ts";
import { createTemplates } from "../../src/notifications/templates.ts";
import type { MessageView } from "../../src/notifications/view.ts";
import { MESSAGES, messageView } from "../support/notifications/messages.ts";
import { readLog } from "../support/server/read-log.ts";

const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
const page = readFileSync(join(docs, "notifications.md"), "utf8");

it("docs/notifications.md names every kind, template, variable and filter", () => {
  const missing = [
    ...NOTIFICATION_KINDS.filter((kind) => !page.includes(`| \`${kind}\` |`)),
    ...TEMPLATE_NAMES.filter((name) => !page.includes(`\`${name}.liquid\``)),
    ...FILTER_NAMES.filter((name) => !new RegExp(`^\\| \`${name}[\`:]`, "m").test(page)),
    ...Object.entries(VARIABLES).flatMap(([name, within]) =>
      [name, ...within].filter((part) => !page.includes(`\`${part}\``) && !page.includes(`\`${name}.${part}\``)),
    ),
  ];
  expect(missing.filter((name) => !["recipient", "links", "said"].includes(name))).toEqual([]);
});

it("docs/notifications.md shows every picture that is drawn, and no other", () => {
  const shown = [...page.matchAll(/\(pictures\/([^)]+)\)/g)].map(([, file]) => file as string);
  expect(shown.toSorted()).toEqual(readdirSync(join(docs, "pictures")).toSorted());
});

it("every link of docs/notifications.md leads to an existing page", () => {
  const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
  for (const [, path = ""] of page.matchAll(/\]\((?!http|#)([^)#]+)/g)) expect(existsSync(join(docs, path))).toBe(true);
});

it("the examples of docs/notifications.md are valid: operations, templates with their output, and the payload", () => {
  const blocks = (language: string) =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code = ""]) => code.trim());
  for (const operation of blocks("graphql")) expect(validate(schema, parse(operation))).toEqual([]);

  const dir = mkdtempSync(join(tmpdir(), "countersign-templates-"));
  for (const [i, path] of ["email/subject.liquid", "words/headline.urgent.liquid"].entries()) {
    mkdirSync(join(dir, dirname(path)), { recursive: true });
    writeFileSync(join(dir, path), blocks("liquid")[i] as string);
  }
  const { log, lines } = readLog();
  const templates = createTemplates({ dir, log });
  rmSync(dir, { recursive: true });
  const urgent = MESSAGES.urgent as MessageView;
  expect(templates.render("email/subject", urgent)).toBe("[ACME approvals] Deploy web 2.14.0 to production");
  expect(templates.render("in-app/body", urgent)).toMatch(/^Last call, 15 minutes left: alice@example.com waits\./);
  expect(lines).toEqual([]);

  const keysOf = (value: unknown, at = ""): string[] =>
    typeof value !== "object" || value === null || Array.isArray(value) || /context|metadata/.test(at)
      ? [at]
      : Object.entries(value).flatMap(([key, item]) => keysOf(item, `${at}.${key}`));
  const [payload = ""] = blocks("json");
  const sent = templates.render("webhook/payload", MESSAGES.approved as MessageView);
  expect(keysOf(JSON.parse(payload)).toSorted()).toEqual(keysOf(JSON.parse(sent)).toSorted());
});

it("the variables of templates are those that notifications have", () => {
  const view = messageView("REQUESTED");
  const { words, said, ...ofView } = VARIABLES;
  expect(Object.keys(ofView).toSorted()).toEqual(Object.keys(view).toSorted());
  expect([...VARIABLES.request].toSorted()).toEqual(Object.keys(view.request).toSorted());
  expect([...VARIABLES.recipient].toSorted()).toEqual(Object.keys(view.recipient ?? {}).toSorted());
  expect([...VARIABLES.links].toSorted()).toEqual(Object.keys(view.links).toSorted());
  expect([words, said].every((names) => names.length > 0)).toBe(true);
});
