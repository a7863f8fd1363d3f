/** Holds docs/client.md together with the options and the errors of the client. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as client from "../../src/client/entry.ts";
import { coded, docPage } from "../support/docs/doc-page.ts";

const page = docPage("client.md");
const namesIn = (heading: string) => page.rows(heading).map(([name = ""]) => coded(name)[0] as string);

it("docs/client.md has a row for every option of a client, and no other row", () => {
  const source = readFileSync(new URL("../../src/client/connection.ts", import.meta.url), "utf8");
  const [, body = ""] = /export interface ConnectionOptions \{\n([\s\S]*?)\n\}/.exec(source) ?? [];
  const options = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name);
  expect(options).toContain("url");
  expect(namesIn("Options").toSorted()).toEqual(options.toSorted());
});

it("docs/client.md has a row for every error of the client, with its code", () => {
  const errors = Object.keys(client).filter((name) => name.endsWith("Error") && name !== "ClientError");
  expect(namesIn("Errors").toSorted()).toEqual(errors.toSorted());
  const codes = new Map(page.rows("Errors").map(([name = "", code]) => [coded(name)[0], code]));
  const created = [
    new client.UnauthenticatedError("?"),
    new client.RequestTimeoutError("?", 1, null, false),
    new client.ConnectionLostError(),
    new client.ConnectionFailedError("?"),
    new client.ClientClosedError(),
  ];
  for (const error of created) expect(codes.get(error.name), error.name).toBe(error.code);
});
