/** Signs in at the provider of `identity-provider.ts` as a person does: by opening pages and sending forms. */

import type { CookieJar } from "./cookie-jar.ts";

/** Sends the provider's forms until it leads back to us; that address is not opened. */
export async function passProvider(jar: CookieJar, start: string | URL, login: string): Promise<URL> {
  const isCallback = (url: URL) => url.pathname === "/auth/callback";
  let visit = await jar.visit(start, { headers: { Accept: "text/html" } }, isCallback);
  while (!isCallback(visit.url)) {
    const prompt = /name="prompt" value="(\w+)"/.exec(visit.text)?.[1];
    if (prompt === undefined) throw new Error(`the provider shows no form: ${visit.response.status} ${visit.text}`);
    const body = new URLSearchParams({ prompt, ...(prompt === "login" && { login, password: "any" }) });
    visit = await jar.visit(visit.url, { method: "POST", body, headers: { Accept: "text/html" } }, isCallback);
  }
  return visit.url;
}

/** From our sign-in address to the provider, and back to the callback, which is not opened. */
export async function toCallback(jar: CookieJar, url: string, login: string, next?: string): Promise<URL> {
  const query = next === undefined ? "" : `?next=${encodeURIComponent(next)}`;
  const begun = await jar.fetch(`${url}/auth/login${query}`);
  return passProvider(jar, new URL(begun.headers.get("location") as string), login);
}

/** The whole way. @returns the answer of the callback */
export async function signIn(jar: CookieJar, url: string, login: string, next?: string): Promise<Response> {
  return jar.fetch(await toCallback(jar, url, login, next));
}
