/** What a person sees whose sign-in at the provider failed. */

import { type Page, page } from "./layout.ts";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** @param reason one sentence */
export const signInFailedPage = (reason: string): Page =>
  page(
    "Sign in · Countersign",
    `<h1>Countersign</h1>
<p role="alert">You could not be signed in. ${escaped(reason)}</p>
<nav><a class="button primary" href="/auth/login">Sign in again</a><a class="button" href="/">Home</a></nav>`,
    "",
  );
