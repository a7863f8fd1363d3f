/** Renders the OpenAPI document as the page /api/docs. The page has no script, loads nothing and needs no token. */

import { type Page, page } from "../pages/layout.ts";
import type { JsonSchema } from "./json-schemas.ts";
import type { ApiOperation, ApiParameter, OpenApi } from "./openapi.ts";
import { PROBLEMS } from "./problems.ts";

const STYLE = `
  html { scroll-padding-top: 1rem; }
  body { display: block; place-items: normal; padding: 0; }
  main { width: auto; border: 0; border-radius: 0; padding: 0; box-shadow: none; display: grid;
    grid-template-columns: 17rem minmax(0, 1fr); min-height: 100vh; background: transparent; }
  .contents { border-right: 1px solid var(--line); background: var(--card); padding: 1.6rem 1.2rem; font-size: .9rem;
    position: sticky; top: 0; height: 100vh; overflow: auto; }
  .contents h2 { font-size: .78rem; color: var(--soft); margin: 1.2rem 0 .3rem; font-weight: 600; }
  .contents a { display: block; padding: .18rem 0; color: inherit; text-decoration: none; }
  .contents a:hover { color: var(--accent); }
  .content { padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 62rem; }
  h2 { font-size: 1.2rem; margin: 2.8rem 0 .9rem; }
  h3 { font-size: 1.02rem; margin: 0; }
  h4 { font-size: .85rem; color: var(--soft); margin: 1.2rem 0 .4rem; font-weight: 600; }
  article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.3rem;
    margin: 0 0 1rem; }
  article:target, tr:target { outline: 2px solid var(--accent); outline-offset: 2px; }
  .address { display: flex; gap: .6rem; align-items: baseline; margin: .35rem 0 .7rem; }
  .address code { overflow-wrap: anywhere; }
  .method { font: 650 .75rem/1 ui-monospace, monospace; padding: .3rem .45rem; border-radius: 5px; color: #fff;
    background: #2f6f4f; }
  .POST { background: #1f5fbf; } .PUT { background: #8a5a00; }
  .scroll { overflow-x: auto; }
  table { width: 100%; border-collapse: collapse; font-size: .9rem; }
  td, th { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line); }
  th { color: var(--soft); font-weight: 600; border-top: 0; }
  td:first-child { white-space: nowrap; }
  td p { margin: 0; } ul { margin: .3rem 0 0; padding-left: 1.1rem; }
  pre { margin: .4rem 0 0; padding: .8rem 1rem; border-radius: 8px; overflow-x: auto;
    background: light-dark(#eef1f5, #262d36); font: .85rem/1.5 ui-monospace, monospace; }
  summary { cursor: pointer; color: var(--accent); margin-top: .8rem; }
  @media (max-width: 800px) {
    main { display: block; } .contents { position: static; height: auto; border: 0; }
    th { display: none; } tr, td { display: block; } tr { border-top: 1px solid var(--line); padding: .4rem 0; }
    td { border: 0; padding: .1rem 0; } td:first-child { white-space: normal; }
  }`;

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character] as string);
const code = (text: string) => `<code>${escaped(text)}</code>`;

/** Converts the Markdown of descriptions: code and lists. */
function prose(text: string): string {
  const lines = text.split("\n").map((line) => escaped(line).replace(/`([^`]+)`/g, "<code>$1</code>"));
  const items = lines.filter((line) => line.startsWith("- ")).map((line) => `<li>${line.slice(2)}</li>`);
  const rest = lines.filter((line) => !line.startsWith("- ")).join(" ");
  return `<p>${rest}</p>${items.length > 0 ? `<ul>${items.join("")}</ul>` : ""}`;
}

const nameOfRef = (ref: unknown) => String(ref).split("/").at(-1) as string;

/** The name of a type, with a link if it is a component. */
function typeOf(schema: JsonSchema): string {
  if (typeof schema.$ref === "string") {
    const name = nameOfRef(schema.$ref);
    return `<a href="#${name}">${name}</a>`;
  }
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === undefined) return "anything";
  const types = [schema.type].flat().map(String);
  const named = types.map((type) => {
    if (type === "array") return `list of ${typeOf(schema.items as JsonSchema)}`;
    return type === "string" && schema.format === "date-time" ? "date-time" : type;
  });
  return named.join(" or ");
}

const table = (heads: string[], rows: string[][]) =>
  `<div class="scroll"><table><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
    .join("")}</table></div>`;

function fields(schema: JsonSchema, ofInput: boolean): string {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const required = (schema.required ?? []) as string[];
  // Required fields come first. The types of inputs omit null, because null means omitted.
  if (ofInput) properties.sort(([left], [right]) => Number(required.includes(right)) - Number(required.includes(left)));
  const rows = properties.map(([name, property]) => [
    code(name) + (ofInput && required.includes(name) ? " <strong>required</strong>" : ""),
    ofInput ? typeOf(property).replace(/ or null$/, "") : typeOf(property),
    prose(String(property.description ?? "")),
  ]);
  return table(["Field", "Type", ""], rows);
}

const parameterRow = ({ name, in: place, schema, description }: ApiParameter) => [
  code(name),
  `${typeOf(schema)}${place === "path" ? " in the path" : ""}`,
  prose(description + (schema.default === undefined ? "" : ` Default: \`${schema.default}\`.`)),
];

function operation(method: string, path: string, api: ApiOperation, components: Record<string, JsonSchema>): string {
  const body = api.requestBody?.content["application/json"].schema;
  const input = body && components[nameOfRef(body.$ref)];
  const takesBody = Object.keys(input?.properties ?? {}).length > 0;
  const parameters = api.parameters ?? [];
  const responses = Object.entries(api.responses).map(([status, { description, content }]) => [
    code(status),
    Object.values(content)
      .map(({ schema }) => responseType(schema))
      .join(""),
    prose(description),
  ]);
  return `<article id="${api.operationId}">
<h3>${escaped(api.summary)}</h3>
<div class="address"><span class="method ${method}">${method}</span>${code(path)}</div>
${prose(api.description)}
${parameters.length > 0 ? `<h4>Parameters</h4>${table(["Name", "Type", ""], parameters.map(parameterRow))}` : ""}
${input && takesBody ? `<h4>Body${api.requestBody?.required ? "" : " (optional)"}</h4>${fields(input, true)}` : ""}
<details><summary>Responses and errors</summary>${table(["Status", "Body", ""], responses)}</details>
</article>`;
}

function responseType(schema: JsonSchema): string {
  const items = (schema.properties as Record<string, JsonSchema> | undefined)?.items?.items;
  return items === undefined ? typeOf(schema) : `page of ${typeOf(items as JsonSchema)}`;
}

function component(name: string, schema: JsonSchema): string {
  const body = schema.properties === undefined ? "" : fields(schema, schema.additionalProperties === false);
  return `<article id="${name}"><h3>${name}</h3>${prose(String(schema.description ?? ""))}${body}</article>`;
}

const example = (base: string) => `curl http://127.0.0.1:4000${base}/api/approvals \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"workflowId": "release", "jobId": "approval", "executionId": "1",
       "title": "Deploy?", "notifyUsers": ["bob@company.com"]}'
curl "http://127.0.0.1:4000${base}/api/approvals/$ID?wait=60" -H "Authorization: Bearer $TOKEN"`;

/** @param base the path below which everything is served; empty for the root */
export function docsPage({ info, tags, paths, components }: OpenApi, base: string): Page {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, api]) => ({ method: method.toUpperCase(), path, api })),
  );
  const groups = tags.map(({ name }) => ({ name, members: all.filter(({ api }) => api.tags.includes(name)) }));
  const contents = groups.map(
    ({ name, members }) =>
      `<h2>${name}</h2>${members.map(({ api }) => `<a href="#${api.operationId}">${api.summary}</a>`).join("")}`,
  );
  const codes = Object.entries(PROBLEMS).map(
    ([name, [status, title]]) => `<tr id="${name}"><td>${code(name)}</td><td>${status}</td><td>${title}.</td></tr>`,
  );
  const body = `<div class="contents"><h1>Countersign REST</h1>
${contents.join("\n")}
<h2>Reference</h2><a href="#errors">Errors</a><a href="#types">Types</a><a href="${base}/api/openapi.json">openapi.json</a>
</div>
<div class="content">
<h1>${escaped(info.title)} REST ${escaped(info.version)}</h1>
${prose(info.description)}
<pre>${escaped(example(base))}</pre>
${groups
  .map(
    ({ name, members }) => `<h2>${name}</h2>
${members.map(({ method, path, api }) => operation(method, path, api, components.schemas)).join("\n")}`,
  )
  .join("\n")}
<h2 id="errors">Errors</h2>
<article><div class="scroll"><table><tr><th>Code</th><th>Status</th><th></th></tr>${codes.join("")}</table></div></article>
<h2 id="types">Types</h2>
${Object.entries(components.schemas)
  .sort(([left], [right]) => left.localeCompare(right))
  .map(([name, schema]) => component(name, schema))
  .join("\n")}
</div>`;
  return page("REST · Countersign", body, "", STYLE);
}
