/** The page for a failed sign-in at the provider. */

import { escapeHtml } from "../../notifications/escaping.ts";
import { type Page, page } from "./layout.ts";

/**
 * @param base of every address
 * @returns renders the page for a reason, which is one sentence
 */
export const signInFailedPage =
  (base: string) =>
  (reason: string): Page =>
    page(
      "Sign in · Countersign",
      `<h1>Countersign</h1>
<p role="alert">You could not be signed in. ${escapeHtml(reason)}</p>
<nav><a class="button primary" href="${base}/auth/login">Sign in again</a><a class="button" href="${base}/">Home</a></nav>`,
      "",
    );
