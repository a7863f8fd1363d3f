/** Starts the API as `npm start` does, in a process of its own. */

import { type Started, startScript } from "../processes.ts";
import { SECRET } from "./server.ts";

export interface ApiProcess extends Started {
  url: string;
}

/** @param options `port`: Default: a free port. `env`: more environment variables */
export async function startApi(options: {
  databaseUrl: string;
  port?: number;
  env?: Record<string, string>;
}): Promise<ApiProcess> {
  const api = startScript("src/main.ts", [], {
    DATABASE_URL: options.databaseUrl,
    PORT: String(options.port ?? 0),
    AUTH_JWT_SECRET: SECRET,
    LOG_LEVEL: "fatal",
    ...options.env,
  });
  const { url } = JSON.parse(await api.line()) as { url: string };
  return Object.assign(api, { url });
}
