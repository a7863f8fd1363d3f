/** Readers for environment variables, and the error for a wrong value. */

import { CLAIM_PATH_FORM, isClaimPath } from "./claim-paths.ts";
import { addressFault } from "./database-address.ts";

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

/**
 * Returns the readers of an environment. An empty variable counts as not set. Each reader throws ConfigError for a
 * wrong value.
 */
export function readersOf(env: NodeJS.ProcessEnv) {
  const text = (name: string) => env[name]?.trim() || null;
  const integer = (name: string, fallback: number, min: number, max: number) => {
    const raw = text(name);
    if (raw === null) return fallback;
    const value = /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
    if (!(value >= min && value <= max)) throw new ConfigError(name, raw, `a whole number from ${min} to ${max}`);
    return value;
  };
  const oneOf = <T extends string>(name: string, fallback: T, values: readonly T[]): T => {
    const raw = text(name);
    if (raw === null) return fallback;
    const value = values.find((candidate) => candidate === raw.toLowerCase());
    if (value === undefined) throw new ConfigError(name, raw, `one of ${values.join(", ")}`);
    return value;
  };
  const flag = (name: string, fallback: boolean) =>
    oneOf(name, fallback ? "true" : "false", ["true", "false"]) === "true";
  const url = (name: string, protocols: readonly string[], expected: string) => {
    const raw = text(name);
    if (raw === null) return null;
    const parsed = URL.parse(raw);
    if (parsed === null || !protocols.includes(parsed.protocol)) throw new ConfigError(name, maskUrl(raw), expected);
    return raw;
  };
  const webUrl = (name: string) => url(name, ["http:", "https:"], "an http:// or https:// URL");
  const databaseUrl = (name: string) => {
    const raw = text(name);
    const fault = raw === null ? null : addressFault(raw);
    if (raw !== null && fault !== null) throw new ConfigError(name, maskUrl(raw), fault);
    return raw;
  };
  const claim = (name: string, fallback: string) => {
    const raw = text(name) ?? fallback;
    if (!isClaimPath(raw)) throw new ConfigError(name, raw, CLAIM_PATH_FORM);
    return raw;
  };
  const claims = (name: string, fallback: string) => {
    const raw = (text(name) ?? fallback).split(/\s+/);
    const wrong = raw.find((path) => !isClaimPath(path));
    if (wrong !== undefined) throw new ConfigError(name, wrong, `${CLAIM_PATH_FORM}, or several separated by spaces`);
    return raw;
  };
  /** Returns null if it is not set. The value is never shown. */
  const secret = (name: string, shortest: number, expected: string) => {
    const raw = text(name);
    if (raw !== null && Buffer.byteLength(raw) < shortest) throw new ConfigError(name, null, expected);
    return raw;
  };
  return { text, secret, integer, oneOf, flag, url, webUrl, databaseUrl, claim, claims };
}
export type Readers = ReturnType<typeof readersOf>;

/** A URL without its password, for messages. Returns null if the text is not a URL and may contain a password. */
export function maskUrl(raw: string): string | null {
  const parsed = URL.parse(raw);
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
