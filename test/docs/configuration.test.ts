/** Tests that docs/configuration.md has every environment variable, as the code declares and reads them. */

import { randomBytes } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withTables } from "../../src/config/print.ts";
import { RETIRED, TABLES } from "../../src/config/variables.ts";

const PROJECT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(PROJECT, path), "utf8");
const page = read("docs/configuration.md");

/** The variables in the first column of a page's tables. */
const namesIn = (text: string) =>
  [...text.matchAll(/^\| ((?:`[A-Z][A-Z_]+`(?:, )?)+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
  );

/** Variables that the code passes on unchanged to a program that it starts. */
const PASSED_ON = ["PATH", "TMPDIR"];

/** Every variable that a version of Countersign has read. Programs and operators set them, so each must stay. */
const SUPPORTED = [
  ...["PORT", "HOST", "DATABASE_URL", "DATABASE_LISTEN_URL", "DATA_DIR", "AUTH_JWT_SECRET", "AUTH_JWKS_URL"],
  ...["AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_USER_CLAIM", "AUTH_ROLES_CLAIM", "AUTH_SCOPES_CLAIM", "AUTH_SCOPES_MAP"],
  ...["PEOPLE_FILE", "GRAPHIQL", "APPROVAL_TIMEOUT_CHECK_INTERVAL", "APPROVAL_DEFAULT_TIMEOUT"],
  ...["APPROVAL_DEFAULT_TIMEOUT_ACTION", "APPROVAL_ENABLE_AUDIT_LOG", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"],
  ...["SLACK_CHANNEL", "SLACK_API_URL", "SMTP_URL", "MAIL_FROM", "MAIL_LINKS", "WEBHOOK_URL", "WEBHOOK_SECRET"],
  ...["WEBHOOK_ALLOW_PRIVATE", "PUBLIC_URL", "CALLBACK_HOSTS", "TRUSTED_PROXIES", "LOG_LEVEL", "NODE_ENV"],
  ...["NEXT_PUBLIC_SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "APPROVAL_POLL_INTERVAL"],
  ...["APPROVAL_MAX_POLL_ATTEMPTS", "COUNTERSIGN_URL", "COUNTERSIGN_TOKEN"],
];

it("docs/configuration.md has the tables that the code generates", () => {
  expect(page, "npm run codegen writes them").toBe(withTables(page));
});

it("docs/configuration.md lists each declared variable once, and nothing else", () => {
  const declared = [...Object.values(TABLES).flatMap((table) => Object.keys(table)), ...Object.keys(RETIRED)];
  expect(namesIn(page).toSorted()).toEqual(declared.toSorted());
});

it("docs/configuration.md lists every variable that a version has read", () => {
  const listed = namesIn(page);
  expect(SUPPORTED.filter((name) => !listed.includes(name))).toEqual([]);
});

it("every variable that the sources read is in a table of docs/configuration.md or docs/command.md", () => {
  const sources = globSync("src/**/*.ts", { cwd: PROJECT }).map(read).join("\n");
  const properties = [...sources.matchAll(/\benv\.([A-Z][A-Z_]+)/g)].map(([, name = ""]) => name);
  const destructured = [...sources.matchAll(/\{([^{}]*)\} = (?:process\.)?env\b/g)].flatMap(([, names = ""]) =>
    [...names.matchAll(/\b([A-Z][A-Z_]+)\b/g)].map(([, name = ""]) => name),
  );
  const byName = [...sources.matchAll(/\bread\("([A-Z][A-Z_]+)"\)/g)].map(([, name = ""]) => name);
  expect(byName).toContain("PORT");
  const found = new Set([...properties, ...destructured, ...byName]);
  const listed = [...namesIn(page), ...PASSED_ON];
  const ofCi = new Set([...read("docs/command.md").matchAll(/[A-Z]+_[A-Z_]+/g)].map(([name]) => name));
  expect([...found].filter((name) => !listed.includes(name) && !ofCi.has(name))).toEqual([]);
});

const variables = Object.values(TABLES).flatMap((table) => Object.entries(table));
it.each(variables)("the example of %s in docs/configuration.md is a value that it may have", (name, variable) => {
  const example = variable.example.replace("$(openssl rand -base64 32)", randomBytes(32).toString("base64"));
  expect(() => variable.parse(example, name)).not.toThrow();
  expect(variable.about).toMatch(/^[A-Z`].*\.$/s);
});

it("refuses a page that lacks a table, or has one that the code does not know", () => {
  expect(() => withTables(page.replace("src/config: limits", "src/config: bounds"))).toThrow(/"bounds"/);
  expect(() => withTables("")).toThrow(/no table server, database/);
});
