/** The error for a wrong environment variable, and the form in which its value may be shown. */

import { parseUrl } from "../model/parse-url.ts";

/** An environment variable has a wrong value. The message is one line and never shows a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly variable: string;
  /** @param value the value as it may be shown; null if it is a secret */
  constructor(variable: string, value: string | null, expected: string) {
    super(`${variable} is ${value === null ? "set to a hidden value" : quote(value)}; it must be ${expected}.`);
    this.variable = variable;
  }
}

/** A URL without its password, for messages. Returns null if the text is not a URL and may contain a password. */
export function maskUrl(raw: string): string | null {
  const parsed = parseUrl(raw);
  if (parsed === null || parsed.host === "" || parsed.hash !== "") return /[@?#]/.test(raw) ? null : raw;
  if (parsed.password !== "") parsed.password = "***";
  for (const name of new Set(parsed.searchParams.keys())) {
    if (/pass|secret|token|key/i.test(name)) parsed.searchParams.set(name, "***");
  }
  return parsed.href;
}

function quote(raw: string): string {
  return JSON.stringify(raw.length > 200 ? `${raw.slice(0, 200)}…` : raw);
}
