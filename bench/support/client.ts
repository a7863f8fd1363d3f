/** A client with minimal cost: keep-alive HTTP, and the WebSocket protocol without a library. */

import { once } from "node:events";
import { Agent, request } from "node:http";
import { WebSocket } from "ws";

/** POSTs a JSON body over the agent's persistent connections. @throws if the response is not 200 */
export function post(agent: Agent, url: string, token: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
          Authorization: `Bearer ${token}`,
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () => {
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`${url} answered ${answer.statusCode}: ${text.slice(0, 500)}`));
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** `clients` connections that stay open. */
export const keepAliveAgent = (clients: number) => new Agent({ keepAlive: true, maxSockets: clients });

export const APPROVE = `mutation ($input: ApproveRequestInput!) {
  approveRequest(input: $input) {
    __typename
    ... on ApproveRequestPayload { request { id version status } }
    ... on Error { message code }
  }
}`;

export const approval = (requestId: string, document = APPROVE) =>
  JSON.stringify({ query: document, variables: { input: { requestId } } });

/** Approves over GraphQL. @throws if the answer is not a payload */
export async function approve(agent: Agent, url: string, token: string, requestId: string): Promise<void> {
  const text = await post(agent, `${url}/graphql`, token, approval(requestId));
  if (!text.includes('"ApproveRequestPayload"')) throw new Error(`not approved: ${text}`);
}

export const UPDATES = `subscription ($id: ID!) { approvalRequestUpdated(id: $id) { id version status } }`;

export interface Update {
  id: string;
  version: number;
  status: string;
}

/** One WebSocket with any number of waits. */
export class Waits {
  readonly #socket: WebSocket;
  readonly #onUpdate: (update: Update) => void;
  #operations = 0;

  private constructor(socket: WebSocket, onUpdate: (update: Update) => void) {
    this.#socket = socket;
    this.#onUpdate = onUpdate;
  }

  /** Connects. From then on `onUpdate` receives the messages of every wait. */
  static async open(url: string, token: string, onUpdate: (update: Update) => void): Promise<Waits> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    await once(socket, "open");
    const waits = new Waits(socket, onUpdate);
    const acknowledged = new Promise<void>((resolve, reject) => {
      socket.on("message", (data) => {
        const message = JSON.parse(String(data)) as { type: string; payload?: { data?: object; errors?: unknown } };
        if (message.type === "connection_ack") resolve();
        else if (message.type === "next" && message.payload?.data) waits.#receive(message.payload.data);
        else if (message.type !== "complete" && message.type !== "ping" && message.type !== "pong") {
          throw new Error(`a wait failed: ${String(data)}`);
        }
      });
      socket.on("close", (code, reason) => reject(new Error(`the socket was closed: ${code} ${String(reason)}`)));
    });
    socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } }));
    await acknowledged;
    return waits;
  }

  #receive(data: object): void {
    this.#onUpdate(Object.values(data)[0] as Update);
  }

  /** Opens a wait. Its first message is the current state of the request. */
  add(id: string, document = UPDATES): void {
    this.#send({ query: document, variables: { id } });
  }

  /** Approves over the socket. The answer comes as an update without a version. */
  approve(requestId: string): void {
    this.#send({ query: APPROVE, variables: { input: { requestId } } });
  }

  #send(payload: { query: string; variables: object }): void {
    this.#operations += 1;
    this.#socket.send(JSON.stringify({ id: String(this.#operations), type: "subscribe", payload }));
  }

  async close(): Promise<void> {
    this.#socket.close(1000);
    await once(this.#socket, "close");
  }

  /** Ends the connection at once, for a server that is too busy to close it. */
  drop(): void {
    this.#socket.terminate();
  }
}

/** Counts messages, and resolves when the requested number has arrived. */
export class Tally {
  #count = 0;
  #wanted = 0;
  #reached: (() => void) | null = null;

  add(): void {
    this.#count += 1;
    if (this.#count === this.#wanted) this.#reached?.();
  }

  /** Resets the count. */
  next(wanted: number): Promise<void> {
    this.#count = 0;
    this.#wanted = wanted;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }
}

/** Opens a wait for each request on a new socket, and resolves when each has received its first message. */
export async function openWaits(
  url: string,
  token: string,
  ids: readonly string[],
  onUpdate: (update: Update) => void,
): Promise<Waits> {
  const opening = new Set(ids);
  const live = Promise.withResolvers<void>();
  const waits = await Waits.open(url, token, (update) => {
    if (!opening.delete(update.id)) onUpdate(update);
    else if (opening.size === 0) live.resolve();
  });
  for (const id of ids) waits.add(id);
  await live.promise;
  return waits;
}
