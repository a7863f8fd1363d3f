import { Validator } from "@seriousme/openapi-schema-validator";
import { type FieldNode, getNamedType, isInterfaceType, isObjectType, validate, visit } from "graphql";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { schema } from "../../src/schema/index.ts";
import { openApiDocument } from "../../src/server/rest/openapi.ts";
import { prepareTable } from "../../src/server/rest/prepared.ts";
import { PROBLEMS } from "../../src/server/rest/problems.ts";
import { fragmentFields } from "../support/graphql/contract.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { startServer, type TestServer } from "../support/server/server.ts";
import { sharedBrowser } from "../support/web/browser.ts";

const routes = prepareTable(schema);
const api = openApiDocument(schema, routes) as Data;
/** The root field of a route's document. */
function rootOf({ document }: (typeof routes)[number]): string {
  for (const node of document.definitions) {
    if (node.kind === "OperationDefinition") return (node.selectionSet.selections[0] as FieldNode).name.value;
  }
  throw new Error("no operation");
}

/** Fields of GraphQL that REST does not have, and why. */
const WITHOUT_ROUTE: Record<string, string> = {
  node: "what it finds by id has addresses of its own: a request, its comments, its log",
  nodes: "as node",
};

describe("the table of REST routes", () => {
  test("has a route for every query and mutation", () => {
    const asked = new Set(routes.map(rootOf));
    const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    );
    expect(fields.filter((name) => !asked.has(name)).sort()).toEqual(Object.keys(WITHOUT_ROUTE).sort());
    expect([...asked].every((name) => fields.includes(name))).toBe(true);
  });

  test("returns every field of every object, except lists with a route of their own", () => {
    const shown = new Map<string, Set<string>>();
    for (const { document } of routes) {
      visit(document, {
        FragmentDefinition({ typeCondition, selectionSet }) {
          const names = shown.get(typeCondition.name.value) ?? new Set();
          for (const node of selectionSet.selections) if (node.kind === "Field") names.add(node.name.value);
          shown.set(typeCondition.name.value, names);
        },
      });
    }
    const left: string[] = [];
    for (const [name, names] of shown) {
      const type = schema.getType(name);
      if (!isObjectType(type)) throw new Error(name);
      left.push(
        ...Object.keys(type.getFields())
          .filter((field) => !names.has(field))
          .map((field) => `${name}.${field}`),
      );
    }
    // They have addresses of their own, but for a comment's request, which is the one in its address, the risk, which
    // the metadata holds, and the checkpoint, which its run's orchestrator knows.
    expect(left.sort()).toEqual([
      "ApprovalComment.request",
      "ApprovalRequest.auditLog",
      "ApprovalRequest.autoApproveConditions",
      "ApprovalRequest.checkpoint",
      "ApprovalRequest.comments",
      "ApprovalRequest.commentsConnection",
      "ApprovalRequest.risk",
      "ApprovalRequest.run",
      "Viewer.notificationPreferences",
      // Two whole documents are compared for it, so a run is not shown with it everywhere.
      "WorkflowRun.movePlan",
      "WorkflowRunJob.log",
    ]);
  });

  test("accepts every argument and every field of an input", () => {
    for (const prepared of routes) {
      const root = rootOf(prepared);
      const { name } = prepared.route;
      const type = [schema.getQueryType(), schema.getMutationType()].find((type) => type?.getFields()[root]);
      const given = [...prepared.parameters.values()].map(({ variable }) => variable[0]);
      given.push(prepared.route.body, prepared.route.id?.split(".")[0]);
      for (const argument of type?.getFields()[root]?.args ?? [])
        expect([name, given]).toEqual([name, expect.arrayContaining([argument.name])]);
    }
  });

  test("selects only fields of the schema", () => {
    for (const { route, document, updates } of routes) {
      expect([route.name, validate(schema, document)]).toEqual([route.name, []]);
      if (updates !== null) expect([route.name, validate(schema, updates)]).toEqual([route.name, []]);
    }
  });

  test("has a status for every code", () => {
    const codes = schema.getType("ErrorCode") as Data;
    for (const { name } of codes.getValues()) expect(Object.keys(PROBLEMS)).toContain(name);
    const errors = schema.getPossibleTypes(schema.getType("Error") as never);
    expect(isInterfaceType(getNamedType(schema.getType("Error")))).toBe(true);
    expect(errors.length).toBe(codes.getValues().length);
  });
});

describe("the OpenAPI document", () => {
  test("is valid OpenAPI 3.1, references included", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(api));
    expect([valid, errors, validator.version]).toEqual([true, undefined, "3.1"]);
    expect(JSON.stringify(validator.resolveRefs())).not.toContain('$ref":"#/components/schemas/undefined');
    for (const [, name] of JSON.stringify(api).matchAll(/#\/components\/schemas\/([^"]+)/g)) {
      expect(Object.keys(api.components.schemas)).toContain(name);
    }
  });

  test("has every route, with a description for each, for its parameters and its fields", () => {
    const described = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(({ route }) => `${route.method} ${route.path}`).sort());
    const names = new Set<string>();
    for (const operation of Object.values(api.paths).flatMap((methods) => Object.values(methods as object)) as Data[]) {
      names.add(operation.operationId);
      expect(operation.description).not.toBe("");
      for (const { name, description } of operation.parameters ?? [])
        expect([name, description]).not.toEqual([name, ""]);
    }
    expect(names.size).toBe(routes.length);
    for (const [name, component] of Object.entries(api.components.schemas) as [string, Data][]) {
      expect([name, component.description]).toEqual([name, expect.stringMatching(/\w/)]);
      for (const [field, property] of Object.entries(component.properties ?? {}) as [string, Data][]) {
        expect([name, field, property.description]).toEqual([name, field, expect.stringMatching(/\w/)]);
      }
    }
  });

  test("describes the request of the contract, and bodies without the id of the path", () => {
    const { schemas } = api.components;
    const fields = [...fragmentFields("Request"), "createdBy", "allowSelfApproval"];
    expect(schemas.ApprovalRequest.required.toSorted()).toEqual(fields.sort());
    expect(Object.keys(schemas.ApproveRequestInput.properties)).toEqual(["comment", "contextDigest", "reason"]);
    expect(JSON.stringify(schemas)).not.toContain("requestId");
    expect(api.paths["/api/approvals"].post.requestBody.required).toBe(true);
    expect(api.paths["/api/approvals/{id}/approve"].post.requestBody.required).toBe(false);
  });

  test("lists the statuses with which a command is refused", () => {
    const { responses } = api.paths["/api/approvals/{id}/approve"].post;
    expect(Object.keys(responses)).toEqual([
      "200",
      "400",
      "401",
      "403",
      "404",
      "409",
      "410",
      "413",
      "415",
      "422",
      "429",
      "500",
      "503",
    ]);
    expect(responses["409"].description).toMatch(/ALREADY_DECIDED.*STALE_CONTEXT/);
  });
});

describe("over HTTP, without a token,", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ GRAPHIQL: "false" });
  });
  afterAll(() => server.stop());

  test("the OpenAPI document is served", async () => {
    const response = await fetch(`${server.url}/api/openapi.json`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(api)));
  });

  test("the page of the REST API names every route, type and error, and may run no script", async () => {
    const response = await fetch(`${server.url}/api/docs`);
    const html = await response.text();
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    for (const { route } of routes) expect(html).toContain(`<code>${route.path}</code>`);
    for (const name of [...Object.keys(api.components.schemas), ...Object.keys(PROBLEMS)])
      expect(html).toContain(`id="${name}"`);
    for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(html).toContain(`id="${target}"`);
    expect(html).not.toMatch(/undefined|\[object|https?:\/\/(?!127\.0\.0\.1)/);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("the page of the REST API works in a browser under its own policy, on a desktop and on a phone", async () => {
    const browser = await sharedBrowser();
    onTestFinished(() => browser.close());
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 360, height: 700 },
    ]) {
      const page = await browser.newPage({ viewport });
      const events: string[] = [];
      page.on("console", (message) => events.push(message.text()));
      page.on("request", (request) => events.push(request.url()));
      await page.goto(`${server.url}/api/docs`);
      await page.locator(".contents").getByText("Extend a request").click();
      expect(await page.locator("#extendApprovalRequest").boundingBox()).toMatchObject({ y: expect.closeTo(16, -1) });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(viewport.width);
      expect(events).toEqual([`${server.url}/api/docs`]);
      await page.close();
    }
  });
});
