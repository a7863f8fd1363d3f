/** What the server wrote into the document. */

interface Settings {
  /** Whether GraphiQL is served at /graphql. */
  graphiql: boolean;
  /** The path below which the server serves everything; empty for the root. */
  base: string;
}

const meta = (selector: string) => document.querySelector<HTMLMetaElement>(`meta[${selector}]`);

/** The content security policy lets styles in that carry it. */
export const styleNonce = meta('property="csp-nonce"')?.nonce ?? "";

export const settings: Settings = read(meta('name="countersign"')?.content);

/** Vite's own server writes nothing. */
function read(content = ""): Settings {
  return content.startsWith("{") ? (JSON.parse(content) as Settings) : { graphiql: true, base: "" };
}

/** An address of the server. @param path begins with a slash, as if everything were served at the root */
export const addressAt = (path: string): string => settings.base + path;
