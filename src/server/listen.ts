/** Opens the server's port, and explains why it cannot be opened. */

import { createServer, type Server } from "node:net";
import type { Config } from "../config/config.ts";

type Place = Pick<Config, "host" | "port">;

/** The server cannot listen on HOST and PORT. The message is one line and includes the fix. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** @throws ListenError, or the error of the system if it has another cause */
export function listen(server: Server, { port, host }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenErrorOf(error, { port, host }) ?? error);
    server.once("error", failed);
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => {
      server.off("error", failed);
      resolve();
    });
  });
}

/** Checks that a server could listen there now. @throws as `listen` */
export async function checkPort(place: Place): Promise<void> {
  const probe = createServer();
  await listen(probe, place);
  await new Promise((resolve) => probe.close(resolve));
}

/** The explanation of an error of the system; null if HOST and PORT are not the cause. */
export function listenErrorOf({ code }: NodeJS.ErrnoException, { port, host }: Place): ListenError | null {
  switch (code) {
    case "EADDRINUSE":
      return new ListenError(
        `PORT is "${port}"; this port is in use on ${host}. Set PORT to another one, or to 0 for a free one.`,
      );
    case "EACCES":
    case "EPERM":
      return new ListenError(
        `PORT is "${port}"; this user may not listen on it (${code}). Set PORT to 1024 or higher, or to 0 for a free one.`,
      );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EAI_AGAIN":
    case "ENOTFOUND":
    case "EINVAL":
      return new ListenError(
        `HOST is ${JSON.stringify(host)}; this machine has no such address (${code}). Set HOST to 127.0.0.1, or to ` +
          "another address of this machine.",
      );
    default:
      return null;
  }
}
