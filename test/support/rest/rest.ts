/** A REST client as a program would write it: fetch and JSON. */

import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Data } from "../graphql/graphql.ts";
import type { TestServer } from "../server/server.ts";

export interface RestAnswer {
  status: number;
  headers: Headers;
  body: Data;
}

export interface RestClient {
  get(path: string, init?: RequestInit): Promise<RestAnswer>;
  /** @param body JSON text, or a value to be written as JSON. Default: no body. */
  post(path: string, body?: unknown, method?: string): Promise<RestAnswer>;
  /** Creates a request for bob; returns it. */
  ask(more?: object): Promise<Data>;
}

/** @param path below /api */
export function restClient(server: TestServer, token: string | null): RestClient {
  const send = async (path: string, init: RequestInit): Promise<RestAnswer> => {
    const headers = new Headers(init.headers);
    if (token !== null) headers.set("Authorization", `Bearer ${token}`);
    const response = await fetch(`${server.url}/api${path}`, { ...init, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
  };
  const post: RestClient["post"] = (path, body, method = "POST") =>
    send(path, {
      method,
      ...(body !== undefined && {
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    });
  return {
    get: (path, init = {}) => send(path, init),
    post,
    async ask(more = {}) {
      const { status, body } = await post("/approvals", inputOf(more));
      expect([status, body.code]).toEqual([201, undefined]);
      return body;
    },
  };
}

/** An input of a request for bob, with a key of its own. */
export const inputOf = (more: object = {}) => ({
  workflowId: "release",
  jobId: "approval",
  executionId: randomUUID(),
  title: "Deploy?",
  notifyUsers: ["bob"],
  ...more,
});

/** An error's status, code and the paths of its issues. */
export const gist = ({ status, body }: RestAnswer) => [
  status,
  body.code,
  ...(body.issues ?? []).map(({ path }: { path: string }) => path),
];
