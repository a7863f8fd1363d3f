/** Handles cookies and redirects as a browser does, as far as signing in needs it. */

export interface Visit {
  url: URL;
  response: Response;
  text: string;
}

export class CookieJar {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** The cookies that go to an address. Each port has its own, unlike in real browsers. */
  header(url: string | URL): string {
    const cookies = this.#cookies.get(new URL(url).origin) ?? new Map();
    return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  get(url: string | URL, name: string): string | undefined {
    return this.#cookies.get(new URL(url).origin)?.get(name);
  }

  set(url: string | URL, name: string, value: string): void {
    const { origin } = new URL(url);
    const cookies = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, cookies.set(name, value));
  }

  /** One request; redirects are not followed. */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookies = this.header(url);
    if (cookies !== "") headers.set("Cookie", cookies);
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const sign = pair.indexOf("=");
      const [name, value] = [pair.slice(0, sign), pair.slice(sign + 1)];
      const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice(8);
      const gone = attributes.some((attribute) => /^max-age=0$/i.test(attribute));
      if (gone || (expires !== undefined && Date.parse(expires) <= Date.now())) {
        this.#cookies.get(new URL(url).origin)?.delete(name);
      } else this.set(url, name, value);
    }
    return response;
  }

  /** Opens an address and follows redirects until one leads to an address that `stop` accepts, which is not opened. */
  async visit(start: string | URL, init: RequestInit = {}, stop: (url: URL) => boolean = () => false): Promise<Visit> {
    let url = new URL(start);
    let response = await this.fetch(url, init);
    for (let hops = 0; hops < 20; hops++) {
      const location = response.headers.get("location");
      if (location === null) return { url, response, text: await response.text() };
      url = new URL(location, url);
      if (stop(url)) return { url, response, text: "" };
      response = await this.fetch(url, { headers: { Accept: "text/html" } });
    }
    throw new Error(`too many redirects, last to ${url}`);
  }
}
