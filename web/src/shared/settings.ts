/** The settings that the server writes into the document. */

interface Settings {
  /** Whether GraphiQL is served at /graphql. */
  graphiql: boolean;
  /** The base path of the server; empty for the root. */
  base: string;
}

const meta = (selector: string) => document.querySelector<HTMLMetaElement>(`meta[${selector}]`);

/** The content security policy allows styles with this nonce. */
export const styleNonce = meta('property="csp-nonce"')?.nonce ?? "";

export const settings: Settings = read(meta('name="countersign"')?.content);

/** Vite's development server writes no settings. */
function read(content = ""): Settings {
  return content.startsWith("{") ? (JSON.parse(content) as Settings) : { graphiql: true, base: "" };
}

/** An address of the server. @param path a path that starts with a slash, without the base path */
export const addressAt = (path: string): string => settings.base + path;
