/** Slack's Web API, one client for one attempt: it retries nothing by itself and ends when the attempt's time is over. */

import type { FetchFunction, WebClient, WebClientOptions } from "@slack/web-api";

export interface SlackAccess {
  botToken: string;
  /** Null: Slack's own. */
  apiUrl: string | null;
}

// What the library says of its requests quotes them, and with them what people wrote.
const nothing = () => {};
const SILENT = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
  getLevel: () => "error",
} as unknown as NonNullable<WebClientOptions["logger"]>;

/** Where a refusal for its rate does not say how long to wait. */
const UNTOLD_WAIT_S = 30;

/** @param signal ends every call of this client */
export async function slackClient({ botToken, apiUrl }: SlackAccess, signal: AbortSignal): Promise<WebClient> {
  // Loaded with the first message: a start without Slack does not wait for it.
  const { WebAPIRateLimitedError, WebClient } = await import("@slack/web-api");
  const limited: FetchFunction = async (url, init) => {
    const response = await fetch(url, { ...(init as RequestInit), signal });
    if (response.status !== 429) return response;
    const told = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
    await response.body?.cancel();
    throw new WebAPIRateLimitedError(told >= 0 ? told : UNTOLD_WAIT_S);
  };
  return new WebClient(botToken, {
    ...(apiUrl !== null && { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: SILENT,
    fetch: limited,
  });
}
