/** Sets up the web inbox for the tests of a file. */

import { afterAll, afterEach, beforeAll } from "vitest";
import { tokenFor } from "../server/server.ts";
import { startWeb, type Web } from "./web.ts";

export interface UsedWeb extends Pick<Web, "server" | "browser" | "open"> {
  /** A token of ann, who creates requests as workflows do. */
  readonly requester: string;
  /** Creates a request for bob on behalf of ann. @param more of the input @returns the request's id */
  ask(title: string, more?: object): Promise<string>;
}

/**
 * Serves the inbox from the first test of the file to the last. After each test its windows are closed, and its requests
 * are gone.
 * @param options `keepsRequests`: those that were made before all tests serve all of them
 */
export function useWeb({ keepsRequests = false } = {}): UsedWeb {
  let web: Web;
  let requester: string;
  beforeAll(async () => {
    web = await startWeb();
    requester = await tokenFor("ann", { scope: "approvals:request" });
  });
  afterAll(() => web.stop());
  afterEach(async () => {
    await web.closeWindows();
    if (!keepsRequests) await web.server.database.pool.query("delete from approval_requests");
  });
  return {
    get server() {
      return web.server;
    },
    get browser() {
      return web.browser;
    },
    get requester() {
      return requester;
    },
    open: (...how) => web.open(...how),
    ask: (title, more = {}) => web.server.ask(requester, { title, ...more }),
  };
}
