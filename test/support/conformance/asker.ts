/** One viewer on every transport. */

import type { Client } from "graphql-ws";
import type { Data } from "../graphql/graphql.ts";
import type { TestServer } from "../server/server.ts";

/** The token was not taken: HTTP 401, or close code 4403. */
export class Refused extends Error {}

/** An error at the top of an answer. */
export class TopLevel extends Error {
  readonly code: string;
  constructor({ message, extensions }: { message: string; extensions?: { code?: string } }) {
    super(message);
    this.code = extensions?.code ?? "";
  }
}

export interface RestAnswer {
  status: number;
  body: Data;
}

export type Transport = "WebSocket" | "SSE";

export class Asker {
  readonly #server: TestServer;
  readonly #token: string | null;
  readonly #closing = new AbortController();
  #client: Client | undefined;

  constructor(server: TestServer, token: string | null) {
    this.#server = server;
    this.#token = token;
  }

  /** The data of an operation. @throws Refused or TopLevel */
  async graphql(query: string, variables: object = {}): Promise<Data> {
    const response = await this.#server.post({ query, variables }, this.#token);
    if (response.status === 401) throw new Refused();
    return dataOf(await response.json());
  }

  /** @param path below /api. @throws Refused */
  async rest(method: string, path: string, body?: object): Promise<RestAnswer> {
    const response = await fetch(`${this.#server.url}/api${path}`, {
      method,
      headers: this.#headers({ "Content-Type": "application/json" }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.status === 401) throw new Refused();
    return { status: response.status, body: await response.json() };
  }

  /** The data of each message. @throws Refused or TopLevel, where the stream ends with one */
  follow(transport: Transport, query: string, variables: object = {}): AsyncIterable<Data> {
    return transport === "SSE" ? this.#events(query, variables) : this.#messages(query, variables);
  }

  async *#messages(query: string, variables: object): AsyncGenerator<Data> {
    this.#client ??= this.#server.connect(this.#token);
    try {
      for await (const message of this.#client.iterate({ query, variables: { ...variables } })) yield dataOf(message);
    } catch (error) {
      if ((error as { code?: number }).code === 4403) throw new Refused();
      throw Array.isArray(error) ? new TopLevel(error[0]) : error;
    }
  }

  async *#events(query: string, variables: object): AsyncGenerator<Data> {
    const one = new AbortController();
    const response = await fetch(`${this.#server.url}/graphql`, {
      method: "POST",
      headers: this.#headers({ "Content-Type": "application/json", Accept: "text/event-stream" }),
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.any([one.signal, this.#closing.signal]),
    });
    if (response.status === 401) throw new Refused();
    try {
      let text = "";
      const decoder = new TextDecoder();
      for await (const chunk of response.body as ReadableStream<Uint8Array>) {
        const events = (text + decoder.decode(chunk, { stream: true })).split("\n\n");
        text = events.pop() as string;
        for (const event of events) {
          const data = /^data: (\{.*)$/m.exec(event)?.[1];
          if (data !== undefined) yield dataOf(JSON.parse(data));
        }
      }
    } finally {
      one.abort();
    }
  }

  #headers(headers: Record<string, string>): Record<string, string> {
    return this.#token === null ? headers : { ...headers, Authorization: `Bearer ${this.#token}` };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client?.dispose();
  }
}

function dataOf({ data, errors }: Data): Data {
  if (errors !== undefined) throw new TopLevel(errors[0]);
  return data;
}
