/** A client of Slack's Web API for one attempt. It does not retry, and stops when the attempt times out. */

import type { FetchFunction, WebClient, WebClientOptions } from "@slack/web-api";

export interface SlackAccess {
  botToken: string;
  /** Null for Slack's own address. */
  apiUrl: string | null;
}

// The library's log messages quote requests, and with them texts that people wrote.
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

/** The wait, in seconds, if a rate limit response has no `Retry-After`. */
const DEFAULT_WAIT_S = 30;

/** @param signal ends every call of this client */
export async function slackClient({ botToken, apiUrl }: SlackAccess, signal: AbortSignal): Promise<WebClient> {
  // Loaded with the first message, so that startup does not wait for it.
  const { WebAPIRateLimitedError, WebClient } = await import("@slack/web-api");
  const limited: FetchFunction = async (url, init) => {
    const response = await fetch(url, { ...(init as RequestInit), signal });
    if (response.status !== 429) return response;
    const waitS = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
    await response.body?.cancel();
    throw new WebAPIRateLimitedError(waitS >= 0 ? waitS : DEFAULT_WAIT_S);
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
