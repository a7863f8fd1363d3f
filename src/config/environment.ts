/** How a variable of the environment is read, and what is said of one that is wrong. */

import { CLAIM_PATH_FORM, isClaimPath } from "./claim-paths.ts";
import { addressFault } from "./database-address.ts";

/** A variable holds what it may not; the message is one line and never shows a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly variable: string;
  /** @param held what to show of the value: as text, or null when it is a secret or not set */
  constructor(variable: string, held: string | null, expected: string) {
    const shown = held === null ? "a hidden value" : quote(held);
    super(`${variable} holds ${shown}; it may hold ${expected}.`);
    this.variable = variable;
  }
}

/** The ways to read a variable; one that is empty counts as not set. Each throws ConfigError for a wrong value. */
export function readersOf(env: NodeJS.ProcessEnv) {
  const text = (name: string) => env[name]?.trim() || null;
  const integer = (name: string, fallback: number, min: number, max: number) => {
    const held = text(name);
    if (held === null) return fallback;
    const value = /^\d+$/.test(held) ? Number(held) : Number.NaN;
    if (!(value >= min && value <= max)) throw new ConfigError(name, held, `a whole number from ${min} to ${max}`);
    return value;
  };
  const oneOf = <T extends string>(name: string, fallback: T, values: readonly T[]): T => {
    const held = text(name);
    if (held === null) return fallback;
    const value = values.find((candidate) => candidate === held.toLowerCase());
    if (value === undefined) throw new ConfigError(name, held, values.join(", "));
    return value;
  };
  const flag = (name: string, fallback: boolean) =>
    oneOf(name, fallback ? "true" : "false", ["true", "false"]) === "true";
  const url = (name: string, protocols: readonly string[], expected: string) => {
    const held = text(name);
    if (held === null) return null;
    const parsed = URL.parse(held);
    if (parsed === null || !protocols.includes(parsed.protocol)) throw new ConfigError(name, maskUrl(held), expected);
    return held;
  };
  const webUrl = (name: string) => url(name, ["http:", "https:"], "an http:// or https:// URL");
  const databaseUrl = (name: string) => {
    const held = text(name);
    const fault = held === null ? null : addressFault(held);
    if (held !== null && fault !== null) throw new ConfigError(name, maskUrl(held), fault);
    return held;
  };
  const claim = (name: string, fallback: string) => {
    const held = text(name) ?? fallback;
    if (!isClaimPath(held)) throw new ConfigError(name, held, CLAIM_PATH_FORM);
    return held;
  };
  const claims = (name: string, fallback: string) => {
    const held = (text(name) ?? fallback).split(/\s+/);
    const wrong = held.find((path) => !isClaimPath(path));
    if (wrong !== undefined) throw new ConfigError(name, wrong, `${CLAIM_PATH_FORM}, or several separated by spaces`);
    return held;
  };
  /** Null when it is not set. Its value is never shown. */
  const secret = (name: string, shortest: number, expected: string) => {
    const held = text(name);
    if (held !== null && Buffer.byteLength(held) < shortest) throw new ConfigError(name, null, expected);
    return held;
  };
  return { text, secret, integer, oneOf, flag, url, webUrl, databaseUrl, claim, claims };
}
export type Readers = ReturnType<typeof readersOf>;

/** An address as it may be shown: without password, and nothing of it when it cannot be told where that would be. */
export function maskUrl(held: string): string | null {
  const parsed = URL.parse(held);
  if (parsed === null || parsed.host === "" || parsed.hash !== "") return /[@?#]/.test(held) ? null : held;
  if (parsed.password !== "") parsed.password = "***";
  for (const name of new Set(parsed.searchParams.keys())) {
    if (/pass|secret|token|key/i.test(name)) parsed.searchParams.set(name, "***");
  }
  return parsed.href;
}

function quote(held: string): string {
  return JSON.stringify(held.length > 200 ? `${held.slice(0, 200)}…` : held);
}
