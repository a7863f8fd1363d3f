/**
 * The page /sign-in#token=JWT. It sends the token to the server, which stores it in a cookie, and redirects. Browsers
 * do not send the fragment by themselves. The page asks before it replaces another person's session. A sign-in at the
 * provider uses it for the same question.
 */

import { type Page, page } from "./layout.ts";

const body = (provider: boolean, base: string) => `<h1>Countersign</h1>
<p id="message" role="status">Signing in…</p>
<div id="hint" hidden>
  ${provider ? `<p><a id="provider" class="button primary" href="${base}/auth/login">Sign in</a></p>` : ""}
  <p class="soft">Open a sign-in link: this address followed by <code>#token=</code> and a token.</p>
</div>
<nav id="choice" hidden>
  <button id="replace" class="primary" type="button"></button>
  <a id="keep" class="button" href="${base}/">Keep the current session</a>
</nav>
<noscript><p>This page needs JavaScript.</p></noscript>`;

const script = (base: string) => `
const base = ${JSON.stringify(base)};
const given = new URLSearchParams(location.hash.slice(1));
const token = given.get("token");
// A sign-in at the provider has succeeded while another person is signed in here.
const waiting = given.has("waiting");
const next = given.get("next") || base + "/";
// Removes the token from the address bar and the history first.
history.replaceState(null, "", location.pathname);
// A sign-in link that is opened on this page changes only the fragment.
addEventListener("hashchange", () => location.reload());
const show = (id, text) => {
  const element = document.getElementById(id);
  if (text !== undefined) element.textContent = text;
  element.hidden = false;
};
async function signIn(replace) {
  const response = await fetch(base + "/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(waiting ? { waiting, replace } : { token, next, replace }),
  });
  const answer = await response.json();
  if (response.ok) {
    location.replace(location.origin + answer.next);
  } else if (answer.code === "OTHER_SESSION") {
    show("message", answer.current + " is signed in here. Sign in as " + answer.wanted + " instead?");
    show("replace", "Sign in as " + answer.wanted);
    show("choice");
  } else {
    show("message", "You could not be signed in. " + answer.detail);
    show("hint");
  }
}
function start(replace) {
  signIn(replace).catch(() => show("message", "The server cannot be reached. Open the link again in a moment."));
}
document.getElementById("replace").addEventListener("click", () => start(true));
const provider = document.getElementById("provider");
if (provider) provider.href += "?next=" + encodeURIComponent(next);
if (token || waiting) start(false);
else {
  show("message", "There is no token in this address.");
  show("hint");
}
`;

/**
 * @param provider whether people can sign in at a provider
 * @param base of every address
 */
export const signInPage = (provider: boolean, base: string): Page =>
  page("Sign in · Countersign", body(provider, base), script(base));
