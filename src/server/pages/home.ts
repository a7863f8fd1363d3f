/** The page at /: who is signed in, what waits for them, and where to go on. */

import { type Page, page } from "./layout.ts";

const HINT = `<p class="soft">Open a sign-in link: <code>/sign-in#token=</code> followed by a token. In development the server
  prints such links when it starts.</p>`;

const body = (graphiql: boolean, provider: boolean) => `<h1>Countersign</h1>
<div id="signed-in" hidden>
  <p class="count" id="count">…</p>
  <p>waiting for your decision</p>
  <p class="soft">Signed in as <strong id="who"></strong><span id="rights"></span>.${graphiql ? " The Docs pane of GraphiQL explains every operation." : ""}</p>
  <nav>
    ${graphiql ? '<a class="button primary" href="/graphql">Open GraphiQL</a>' : ""}
    <button id="sign-out" type="button">Sign out</button>
  </nav>
</div>
<div id="signed-out" hidden>
  <p>Nobody is signed in.</p>
  ${provider ? `<nav><a class="button primary" href="/auth/login">Sign in</a></nav>` : HINT}
</div>
<p id="trouble" role="alert" hidden>The server did not answer as expected. Reload the page in a moment.</p>
<noscript><p>This page needs JavaScript.</p></noscript>`;

/** @param provider whether people can sign in at a provider, which may want to hear that they sign out */
const script = (provider: boolean) => `
const element = (id) => document.getElementById(id);
async function show() {
  const { viewer } = await (await fetch("/session")).json();
  element("signed-in").hidden = viewer === null;
  element("signed-out").hidden = viewer !== null;
  if (viewer === null) return;
  element("who").textContent = viewer.userId;
  const rights = [...viewer.roles, ...viewer.scopes];
  element("rights").textContent = rights.length > 0 ? " (" + rights.join(", ") + ")" : "";
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query: "{ viewer { pendingCount } }" }),
  });
  element("count").textContent = (await response.json()).data.viewer.pendingCount;
}
const refresh = () => show().catch(() => { element("trouble").hidden = false; });
element("sign-out").addEventListener("click", async () => {
  ${
    provider
      ? `const response = await fetch("/auth/logout", { method: "POST" });
  location.assign((await response.json()).next);`
      : `await fetch("/session", { method: "DELETE" });
  refresh();`
  }
});
refresh();
`;

/**
 * @param graphiql whether GraphiQL is served here
 * @param provider whether people can sign in at a provider
 */
export const homePage = (graphiql: boolean, provider: boolean): Page =>
  page("Countersign", body(graphiql, provider), script(provider));
