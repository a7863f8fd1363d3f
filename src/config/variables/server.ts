/** The environment variables of the server itself: address, proxies, log. */

import { ConfigError, maskUrl } from "../environment.ts";
import { readTrustedProxies, TRUSTED_PROXIES_FORM } from "../trusted-proxies.ts";
import { flag, integer, oneOf, parserOf, parseWebUrl, text, textWithDefault, variable } from "./kinds.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** Paths that need no escapes in a cookie, a page or a proxy's configuration. */
const PLAIN_PATH = /^(\/[\w.~%+@=-]+)*$/;

/** Returns the URL without a slash at its end. */
function parsePublicUrl(raw: string, name: string): string {
  const parsed = new URL(parseWebUrl(raw, name));
  if (parsed.search !== "" || parsed.hash !== "" || parsed.username !== "" || parsed.password !== "") {
    throw new ConfigError(name, maskUrl(raw), "an http:// or https:// URL without user, query or fragment");
  }
  const path = parsed.pathname.replace(/\/+$/, "");
  if (!PLAIN_PATH.test(path)) {
    throw new ConfigError(name, raw, "a URL whose path has only letters, digits and -._~%+@= between slashes");
  }
  return parsed.origin + path;
}

export const SERVER_VARIABLES = {
  PORT: integer({
    about: "The port on which the server listens. `0` uses a free port and prints it.",
    default: 4000,
    from: 0,
    to: 65_535,
    example: "8080",
  }),
  HOST: textWithDefault({
    about: "The address on which the server listens.",
    default: "127.0.0.1",
    example: "0.0.0.0",
  }),
  PUBLIC_URL: variable("URL", parsePublicUrl, {
    about: "The base of every link that is sent to people. If it has a path, everything is served below that path.",
    default: null,
    defaultInWords: "`http://HOST:PORT`",
    example: "https://approvals.example.com",
  }),
  TRUSTED_PROXIES: variable("addresses", parserOf(readTrustedProxies, TRUSTED_PROXIES_FORM), {
    about:
      "Addresses or CIDR ranges, separated by commas or spaces, whose `X-Forwarded-For`, `-Proto` and `-Host` are " +
      "trusted: [proxies](proxies.md).",
    default: [],
    defaultInWords: "none",
    example: "10.0.0.0/8, 2001:db8::1",
  }),
  NODE_ENV: text({
    about: "`production` turns [development](#development) off.",
    example: "production",
  }),
  GRAPHIQL: flag({
    about: "`true` also serves GraphiQL and introspection outside development.",
    default: null,
    defaultInWords: "`true` in development, else `false`",
    example: "true",
  }),
  LOG_LEVEL: oneOf(LOG_LEVELS, {
    about: "The least severe entries that are logged. The log has JSON lines, and readable lines on a terminal.",
    default: "info",
    example: "debug",
  }),
};
