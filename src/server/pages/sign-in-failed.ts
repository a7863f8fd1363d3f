/** What a person sees whose sign-in at the provider failed. */

import { escapeHtml } from "../../notifications/escaping.ts";
import { type Page, page } from "./layout.ts";

/**
 * @param base of every address
 * @returns takes the reason, one sentence
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
