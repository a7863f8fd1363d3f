/** Names what a program has not set of the two required options of a client. */

/** What is missing of `url` and `token`, for example "token is empty"; null if both are set. Prints no token. */
export function missingOptions(options: { url?: unknown; token?: unknown }): string | null {
  const missing = (["url", "token"] as const).flatMap((name) => {
    if (options[name] === "") return `${name} is empty`;
    return options[name] == null ? `${name} is not set` : [];
  });
  return missing.length === 0 ? null : missing.join(", and ");
}
